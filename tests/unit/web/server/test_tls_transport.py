"""Encrypted connections: what is counted on them, how many may come, how long a handshake may take."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from anomaly_container.web.server.probe_connection import MAX_PROBE_CONNECTIONS
from tests.support.authority import Authority, authority
from tests.support.counts import counts_of
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.wire import GET, Wire, served, wire

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

PAGE = GET.replace(b"/livez", b"/")
pytestmark = pytest.mark.usefixtures("policy")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def encrypted(settings: CommonSettings, signer: Authority) -> CommonSettings:
    pair = signer.pair("server")
    return settings.model_copy(update={"tls_certificate": pair.certificate, "tls_key": pair.key})


async def test_silent_encrypted_connections_do_not_keep_probes_out(
    encrypted: CommonSettings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    one = encrypted.model_copy(update={"max_connections": 1})
    async with served(one, metering) as port, AsyncExitStack() as stack:
        await stack.enter_async_context(wire(port, trusting))
        for _ in range(2 * MAX_PROBE_CONNECTIONS):
            await stack.enter_async_context(wire(port))
        for _ in range(3):
            async with wire(port, trusting) as probe:
                assert (await probe.ask(GET))[0] == 200


def query(body: bytes) -> bytes:
    return f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_encrypted_answers_are_counted(
    encrypted: CommonSettings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    async with served(encrypted, metering) as port, wire(port, trusting) as client:
        for points, total in ((24, (1, 0, 0, 1)), (1200, (2, 0, 0, 3)), (24, (3, 0, 0, 4))):
            status, _, body = await client.ask(query(daily_body(points)))
            assert status == 200
            assert len(json.loads(body)["isAnomaly"]) == points
            assert counts_of(metering).popitem()[1] == total


async def test_a_long_encrypted_answer_to_a_slow_reader_is_counted_when_it_is_read(
    encrypted: CommonSettings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    asked = 24
    async with served(encrypted, metering) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, limit=1 << 10)
        slow = Wire(reader, writer)
        for _ in range(asked):
            writer.write(query(daily_body(8640, period=0)))
        answered = 0

        def counted() -> int:
            return int(counts_of(metering).popitem()[1][0])

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
    encrypted: CommonSettings, metering: Path, signer: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    async with served(encrypted, metering) as port:
        async with wire(port, trusting) as leaving:
            leaving.writer.write(query(daily_body(1200)))
            await leaving.writer.drain()
        async with wire(port, trusting) as client:
            assert (await client.ask(query(daily_body(24))))[0] == 200
    assert set(counts_of(metering).values()) == {(1, 0, 0, 1)}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_one_encrypted_connection_too_many_is_closed(
    encrypted: CommonSettings, metering: Path, signer: Authority
) -> None:
    trusting = ssl.create_default_context(cafile=signer.root)
    one = encrypted.model_copy(update={"max_connections": 1})
    async with served(one, metering) as port:
        async with wire(port, trusting) as client:
            assert (await client.ask(GET))[0] == 200
            async with wire(port, trusting) as refused:
                assert (await refused.ask(PAGE))[0] == 503
                assert await refused.is_closed()
            async with wire(port, trusting) as probe:
                assert (await probe.ask(GET))[0] == 200
                assert await probe.is_closed()
        async with asyncio.timeout(20):
            while not await gets_in(port, trusting):  # noqa: ASYNC110  # the server notices it by itself
                await asyncio.sleep(0.02)


async def gets_in(port: int, context: ssl.SSLContext) -> bool:
    try:
        async with wire(port, context) as client:
            return (await client.ask(PAGE))[0] == 200
    except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        return False


async def test_a_handshake_must_come_in_time(encrypted: CommonSettings, metering: Path) -> None:
    quick = encrypted.model_copy(update={"head_seconds": 0.3})
    async with served(quick, metering) as port, wire(port) as silent:
        assert await silent.is_closed()


async def test_plain_http_on_an_encrypted_port_is_closed(encrypted: CommonSettings, metering: Path) -> None:
    async with served(encrypted, metering) as port, wire(port) as client:
        client.writer.write(GET)
        received = await client.reader.read()
        assert b"HTTP" not in received
