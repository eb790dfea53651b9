"""What a client may send before anybody answers it, how long it may take, and how many may come."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from anomaly_container.web.server.probe_connection import MAX_PROBE_CONNECTIONS, PROBE_PATHS
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.wire import GET, served, serving, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

pytestmark = pytest.mark.usefixtures("policy")
LINE = 400
HEADER = 600
HEADERS = 20
READ_AHEAD = 32
CONNECTIONS = 3


@pytest.fixture
def limits() -> dict[str, object]:
    sizes = {"MaxUrlBytes": LINE, "MaxHeaderBytes": HEADER, "MaxHeaders": HEADERS}
    return {"Limits": sizes | {"HeadSeconds": 0.4, "KeepAliveSeconds": 1.5, "MaxConnections": CONNECTIONS}}


@pytest.fixture
async def port(settings: CommonSettings, metering: Path) -> AsyncIterator[int]:
    async with served(settings, metering) as port:
        yield port


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


async def test_a_head_is_bounded_before_it_ends(port: int) -> None:
    """Headers of the largest size, one more than there may be, and no end of the head."""
    whole = get("/" + "x" * (LINE - 2), *["X" * (HEADER // 2) + ": " + "x" * (HEADER // 2)] * (HEADERS + 1))
    assert await error_of(port, whole.removesuffix(b"\r\n") + b"X: x\r\n") == 431


async def test_requests_sent_ahead_wait_unread(settings: CommonSettings, metering: Path) -> None:
    patient = settings.model_copy(update={"head_seconds": 60.0, "keep_alive_seconds": 60.0})
    async with serving(patient, metering) as runner, wire(int(runner.addresses[0][1])) as client:
        body = daily_body(1000)
        head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        client.writer.write(head.encode() + body + GET * 200)
        first = asyncio.create_task(client.answer())
        read_ahead = 0
        while not first.done():
            await asyncio.sleep(0)
            for connection in runner.server.connections if runner.server else ():
                read_ahead = max(read_ahead, len(connection._messages))  # noqa: SLF001  # seen nowhere else
        assert read_ahead == READ_AHEAD
        assert (await first)[0] == 200
        for _ in range(200):
            assert (await client.answer())[0] == 200


async def test_a_request_has_so_many_headers(port: int) -> None:
    async with wire(port) as client:
        assert (await client.ask(get("/livez", *["X: x"] * (HEADERS - 1))))[0] == 200
    assert await error_of(port, get("/livez", *["X: x"] * (HEADERS + 1))) == 431


async def test_equal_limits_are_told_apart(settings: CommonSettings, metering: Path) -> None:
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


def expecting(*lines: str, body: bytes = daily_body(24)) -> bytes:
    head = [f"POST {ENTIRE_PATH} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode()


@pytest.mark.parametrize(
    "lines",
    [
        ["Expect: 27182"],
        ["Expect: 100-continue, 27182"],
        ["Expect: 100-continue", "Expect: 27182"],
        ["Expect: 100-continue=27182"],
    ],
)
async def test_a_query_that_expects_what_is_not_there_is_refused(port: int, lines: list[str]) -> None:
    """Before its body is asked for, and also with the body behind it."""
    async with wire(port) as client:
        _, _, body = await client.ask(expecting(*lines))
        assert b"27182" not in body
    assert await error_of(port, expecting(*lines)) == 417
    assert await error_of(port, expecting(*lines) + daily_body(24)) == 417


@pytest.mark.parametrize("line", ["Expect: 100-continue", "Expect: 100-Continue ", "expect: ,100-continue"])
async def test_a_query_that_waits_for_a_word_gets_it(port: int, line: str) -> None:
    async with wire(port) as client:
        client.writer.write(expecting(line))
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        status, _, body = await client.ask(daily_body(24))
        assert status == 200
        assert len(json.loads(body)["isAnomaly"]) == 24
        assert (await client.ask(GET))[0] == 200  # the connection stays


async def test_nobody_expects_anything_in_http_1_0(port: int) -> None:
    """Nor with a blank header."""
    async with wire(port) as client:
        octets = expecting("Expect: 27182").replace(b"HTTP/1.1", b"HTTP/1.0") + daily_body(24)
        assert (await client.ask(octets))[0] == 200
    async with wire(port) as client:
        assert (await client.ask(expecting("Expect:") + daily_body(24)))[0] == 200


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
                status, headers, body = await fourth.ask(get("/"))
                assert status == 503
                assert headers["retry-after"] == "1"
                assert headers["connection"] == "close"
                assert UUID(headers["apim-request-id"]).version == 4
                assert json.loads(body)["error"]["code"] == "503"
                assert await fourth.is_closed()
            assert (await third.ask(get("/")))[0] == 200
        # One that left makes room.
        async with asyncio.timeout(20):
            while (await status_once(port)) != 200:  # noqa: ASYNC110  # the server notices it by itself
                await asyncio.sleep(0.02)


async def status_once(port: int) -> int:
    async with wire(port) as client:
        return (await client.ask(get("/")))[0]


async def full(port: int, stack: AsyncExitStack) -> None:
    """Take all places for anybody, and say nothing."""
    for _ in range(CONNECTIONS):
        client = await stack.enter_async_context(wire(port))
        assert (await client.ask(GET))[0] == 200


@pytest.mark.parametrize(
    ("page", "method"), [(page, "GET") for page in sorted(PROBE_PATHS)] + [("/livez", "HEAD")]
)
async def test_a_probe_is_answered_where_there_is_no_room_for_others(
    port: int, page: str, method: str
) -> None:
    async with AsyncExitStack() as stack:
        await full(port, stack)
        async with wire(port) as client:
            client.writer.write(get(page).replace(b"GET", method.encode()))
            head = await client.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"apim-request-id: " in head
            assert await client.is_closed() or method == "GET"


BODY = daily_body(24)
HEAD = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()


@pytest.mark.parametrize("octets", [HEAD + BODY, HEAD, GET.replace(b"GET", b"POST"), get("/metrics")])
async def test_a_place_for_probes_takes_nothing_else(port: int, octets: bytes) -> None:
    async with AsyncExitStack() as stack:
        await full(port, stack)
        assert await error_of(port, octets) == 503


async def test_a_silent_connection_has_a_place_for_probes_only_for_a_second(port: int) -> None:
    async with AsyncExitStack() as stack:
        await full(port, stack)
        async with wire(port) as silent, wire(port) as slow:
            slow.writer.write(GET[:-2])
            began = time.monotonic()
            assert (await silent.answer())[0] == 503
            assert (await slow.answer())[0] in {408, 503}
            assert await silent.is_closed()
            assert await slow.is_closed()
            assert 0.5 <= time.monotonic() - began < 10.0


async def test_silent_connections_do_not_keep_probes_out(port: int) -> None:
    async with AsyncExitStack() as stack:
        await full(port, stack)
        for _ in range(2 * MAX_PROBE_CONNECTIONS):
            await stack.enter_async_context(wire(port))
        for _ in range(5):
            async with wire(port) as probe:
                assert (await probe.ask(GET))[0] == 200
