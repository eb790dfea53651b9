"""What a client may send before anybody answers it, how long it may take, and how many may come."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from anomaly_container.billing.counter import read_counters
from tests.authority import Authority, authority
from tests.payloads import ENTIRE_PATH, daily_body
from tests.web.wire import Wire, served, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.settings import Settings

pytestmark = pytest.mark.usefixtures("policy")
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LINE = 400
HEADER = 600
HEADERS = 20


@pytest.fixture
def limits() -> dict[str, object]:
    sizes = {"MaxUrlBytes": LINE, "MaxHeaderBytes": HEADER, "MaxHeaders": HEADERS}
    return {"Limits": sizes | {"HeadSeconds": 0.4, "KeepAliveSeconds": 1.5, "MaxConnections": 3}}


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def port(settings: Settings, metering: Path) -> AsyncIterator[int]:
    async with served(settings, metering) as port:
        yield port


@pytest.fixture
def encrypted(settings: Settings, signer: Authority) -> Settings:
    pair = signer.pair("server")
    return settings.model_copy(
        update={"tls_certificate": pair.certificate, "tls_key": pair.key, "head_seconds": 5.0}
    )


async def error_of(port: int, octets: bytes) -> int:
    """The status of a refusal, which has the usual form and ends the connection."""
    async with wire(port) as client:
        status, headers, body = await client.ask(octets)
        assert headers["content-type"] == "application/json"
        assert headers["x-ms-error-code"] == str(status)
        assert UUID(headers["apim-request-id"]).version == 4
        assert json.loads(body)["error"]["code"] == str(status)
        assert await client.is_closed()
        return status


def get(path: str = "/livez", *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


async def test_a_url_has_so_many_bytes(port: int) -> None:
    async with wire(port) as client:
        assert (await client.ask(get("/" + "x" * (LINE - 1))))[0] == 404
    assert await error_of(port, get("/" + "x" * LINE)) == 414


async def test_a_header_has_so_many_bytes(port: int) -> None:
    async with wire(port) as client:
        assert (await client.ask(get("/livez", "X: " + "x" * (HEADER - 1))))[0] == 200
    assert await error_of(port, get("/livez", "X: " + "x" * (HEADER + 1))) == 431
    assert await error_of(port, get("/livez", "X" * (HEADER + 1) + ": x")) == 431


async def test_a_request_has_so_many_headers(port: int) -> None:
    async with wire(port) as client:
        assert (await client.ask(get("/livez", *["X: x"] * (HEADERS - 1))))[0] == 200
    assert await error_of(port, get("/livez", *["X: x"] * (HEADERS + 1))) == 431


async def test_equal_limits_are_told_apart(settings: Settings, metering: Path) -> None:
    equal = settings.model_copy(update={"max_header_bytes": LINE})
    async with served(equal, metering) as port:
        assert await error_of(port, get("/" + "x" * LINE)) == 414
        assert await error_of(port, get("/livez", "X: " + "x" * (LINE + 2))) == 431


@pytest.mark.parametrize(
    "octets",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        get("/", "no colon"),
    ],
)
async def test_what_is_not_http_is_answered_in_json(port: int, octets: bytes) -> None:
    assert await error_of(port, octets) == 400


@pytest.mark.parametrize("path", ["/livez", "/nowhere"])
async def test_what_a_client_expects_is_not_quoted(port: int, path: str) -> None:
    async with wire(port) as client:
        _, _, body = await client.ask(get(path, "Expect: 27182"))
        assert b"27182" not in body
    assert await error_of(port, get(path, "Expect: 27182")) == 417


async def test_a_head_must_come_in_time(port: int) -> None:
    async with wire(port) as client:
        began = time.monotonic()
        client.writer.write(b"GET /livez HTTP/1.1\r\n")
        dripping = asyncio.create_task(drip(client.writer))
        status, headers, body = await client.answer()
        assert time.monotonic() - began >= 0.4
        dripping.cancel()
        assert status == 408
        assert headers["x-ms-error-code"] == "408"
        assert UUID(headers["apim-request-id"]).version == 4
        assert json.loads(body)["error"]["code"] == "408"
        assert await client.is_closed()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a header by and by, which must not buy time."""
    while True:
        writer.write(b"X: x\r\n")
        await asyncio.sleep(0.05)


async def test_a_whole_head_ends_the_deadline(port: int) -> None:
    async with wire(port) as client:
        client.writer.write(GET[:10])
        await asyncio.sleep(0.1)
        assert (await client.ask(GET[10:]))[0] == 200
        # The connection rests for longer than a head may take.
        await asyncio.sleep(0.6)
        assert (await client.ask(GET))[0] == 200


async def test_a_connection_that_rests_is_closed(port: int) -> None:
    async with wire(port) as silent, wire(port) as client:
        assert (await client.ask(GET))[0] == 200
        began = time.monotonic()
        assert await client.is_closed()
        assert time.monotonic() - began > 1.0
        assert await silent.is_closed()


async def test_one_connection_too_many_is_told_so_and_closed(port: int) -> None:
    async with wire(port) as first, wire(port) as second:
        async with wire(port) as third:
            for client in (first, second, third):
                assert (await client.ask(GET))[0] == 200
            async with wire(port) as fourth:
                status, headers, body = await fourth.ask(GET)
                assert status == 503
                assert headers["retry-after"] == "1"
                assert headers["connection"] == "close"
                assert UUID(headers["apim-request-id"]).version == 4
                assert json.loads(body)["error"]["code"] == "503"
                assert await fourth.is_closed()
            assert (await third.ask(GET))[0] == 200
        # One that left makes room.
        async with asyncio.timeout(20):
            while (await status_once(port)) != 200:  # noqa: ASYNC110  # the server notices it by itself
                await asyncio.sleep(0.02)


async def status_once(port: int) -> int:
    async with wire(port) as client:
        return (await client.ask(GET))[0]


def query(body: bytes) -> bytes:
    return f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_encrypted_answers_are_counted(encrypted: Settings, metering: Path, signer: Authority) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    async with served(encrypted, metering) as port, wire(port, trusting) as client:
        for points, total in ((24, (1, 0, 0, 1)), (1200, (2, 0, 0, 3)), (24, (3, 0, 0, 4))):
            status, _, body = await client.ask(query(daily_body(points)))
            assert status == 200
            assert len(json.loads(body)["isAnomaly"]) == points
            assert read_counters(metering).popitem()[1] == total


async def test_a_long_encrypted_answer_to_a_slow_reader_is_counted_when_it_is_read(
    encrypted: Settings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    asked = 12
    async with served(encrypted, metering) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, limit=1 << 10)
        slow = Wire(reader, writer)
        for _ in range(asked):
            writer.write(query(daily_body(8640, period=0)))
        answered = 0

        def counted() -> int:
            return int(read_counters(metering).popitem()[1][0])

        # The client reads nothing: the buffers of the kernel fill up, and the rest stays uncounted.
        before = -1
        while before != counted() or before < 1:
            before = counted()
            await asyncio.sleep(1.0)
        assert counted() < asked
        for _ in range(asked):
            head = await reader.readuntil(b"\r\n\r\n")
            [length] = [
                int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")
            ]
            body = await reader.readexactly(length)
            assert len(json.loads(body)["isAnomaly"]) == 8640
            answered += 1
        assert counted() == answered == asked
        # The connection goes on.
        assert (await slow.ask(GET))[0] == 200
        slow.writer.transport.abort()


async def test_a_client_that_leaves_amid_an_encrypted_answer_is_not_charged(
    encrypted: Settings, metering: Path, signer: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    async with served(encrypted, metering) as port:
        async with wire(port, trusting) as leaving:
            leaving.writer.write(query(daily_body(1200)))
            await leaving.writer.drain()
        async with wire(port, trusting) as client:
            assert (await client.ask(query(daily_body(24))))[0] == 200
    assert set(read_counters(metering).values()) == {(1, 0, 0, 1)}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_one_encrypted_connection_too_many_is_closed(
    encrypted: Settings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    one = encrypted.model_copy(update={"max_connections": 1})
    async with served(one, metering) as port:
        async with wire(port, trusting) as client:
            assert (await client.ask(GET))[0] == 200
            with pytest.raises((ConnectionError, ssl.SSLError)):
                async with wire(port, trusting):
                    pass
        async with asyncio.timeout(20):
            while not await gets_in(port, trusting):  # noqa: ASYNC110  # the server notices it by itself
                await asyncio.sleep(0.02)


async def gets_in(port: int, context: ssl.SSLContext) -> bool:
    try:
        async with wire(port, context) as client:
            return (await client.ask(GET))[0] == 200
    except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        return False


async def test_a_handshake_must_come_in_time(encrypted: Settings, metering: Path) -> None:
    quick = encrypted.model_copy(update={"head_seconds": 0.3})
    async with served(quick, metering) as port, wire(port) as silent:
        assert await silent.is_closed()


async def test_plain_http_on_an_encrypted_port_is_closed(encrypted: Settings, metering: Path) -> None:
    async with served(encrypted, metering) as port, wire(port) as client:
        client.writer.write(GET)
        received = await client.reader.read()
        assert b"HTTP" not in received
