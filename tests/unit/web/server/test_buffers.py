"""A client that reads nothing: its connection ends after `Limits:WriteSeconds`, or when memory is needed.

With room for 100 bytes, answers of 60 and 60 that wait end the first: 60 stay.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from anomaly_container.observability import metrics
from anomaly_container.web.server.buffers import Buffers
from anomaly_container.web.state import BUFFERS
from tests.support.authority import authority
from tests.support.counts import counts_of
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.wire import GET, serving, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings
    from anomaly_container.web.server.listener import Runner

pytestmark = pytest.mark.usefixtures("policy")
MEBIBYTE = 1 << 20
BODY = daily_body(8640, period=0)
QUERY = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY


class Unread:
    """Stands in for a connection whose client takes nothing."""

    def __init__(self, size: int) -> None:
        self.size, self.is_ended = size, False

    def get_write_buffer_size(self) -> int:
        return self.size

    def abort(self) -> None:
        self.is_ended = True


def unread(size: int) -> tuple[Unread, asyncio.Transport]:
    transport = Unread(size)
    return transport, cast("asyncio.Transport", transport)


def ended(reason: str) -> float:
    """How many connections were ended so far."""
    return float(metrics.UNREAD.labels(reason)._value.get())  # noqa: SLF001  # it shows its value nowhere else


async def test_the_one_that_has_waited_longest_makes_room() -> None:
    buffers = Buffers(100, write_seconds=60.0)
    (first, one), (second, two), (third, three) = unread(60), unread(60), unread(30)
    before = ended("memory")
    buffers.add_unsent(one, 0)
    buffers.add_unsent(two, 50)
    buffers.add_unsent(three, 0)
    await asyncio.sleep(0)
    assert [first.is_ended, second.is_ended, third.is_ended] == [True, False, False]
    assert ended("memory") == before + 1
    assert buffers.held == 90
    # Until it is gone there is no room for others.
    assert buffers.are_full()
    buffers.remove_unsent(one)
    assert not buffers.are_full()
    for transport in (one, two, three, three):
        buffers.remove_unsent(transport)
    assert buffers.held == 0


async def test_an_answer_counts_whole_until_all_of_it_is_taken() -> None:
    buffers = Buffers(100, write_seconds=60.0)
    _, transport = unread(20)
    buffers.add_unsent(transport, 90)
    assert buffers.held == 90
    buffers.remove_unsent(transport)


async def test_one_that_has_taken_its_answer_is_left_alone() -> None:
    buffers = Buffers(100, write_seconds=0.02)
    taken, transport = unread(60)
    buffers.add_unsent(transport, 0)
    buffers.add_unsent(transport, 0)
    assert buffers.held == 60
    buffers.remove_unsent(transport)
    await asyncio.sleep(0.05)
    assert not taken.is_ended


async def test_one_that_waits_too_long_is_ended() -> None:
    buffers = Buffers(100, write_seconds=0.02)
    late, transport = unread(60)
    before = ended("deadline")
    buffers.add_unsent(transport, 0)
    await asyncio.sleep(0.1)
    assert late.is_ended
    assert ended("deadline") == before + 1
    assert buffers.held == 0


async def test_bodies_have_half_of_the_room_and_the_first_has_always_some() -> None:
    buffers = Buffers(100, write_seconds=60.0)
    assert buffers.reserve(70)
    assert not buffers.reserve(1)
    buffers.release(70)
    assert buffers.reserve(25)
    assert buffers.reserve(25)
    assert not buffers.reserve(1)
    waiting, transport = unread(60)
    buffers.add_unsent(transport, 0)
    await asyncio.sleep(0)
    assert waiting.is_ended
    assert buffers.held == 50


@asynccontextmanager
async def not_reading(port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    """A client that asks for a large answer, and reads nothing of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
    name = "127.0.0.1" if context else None
    _, writer = await asyncio.open_connection(sock=client, ssl=context, server_hostname=name, limit=1)
    writer.write(QUERY)
    try:
        yield
    finally:
        writer.transport.abort()


@asynccontextmanager
async def with_little_room(settings: CommonSettings, metering: Path) -> AsyncIterator[Runner]:
    """A server for whose answers the kernel has little room."""
    async with serving(settings, metering) as runner:
        [site] = runner.sites
        for listener in cast("asyncio.Server", site._server).sockets:  # noqa: SLF001  # seen nowhere else
            # Connections have what the listener has.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        yield runner


async def until_held(runner: Runner, at_least: int) -> None:
    async with asyncio.timeout(60):
        while runner.app[BUFFERS].held < at_least:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("is_encrypted", [False, True])
async def test_a_client_that_never_reads_is_ended_and_not_charged(
    settings: CommonSettings, metering: Path, tmp_path: Path, is_encrypted: bool
) -> None:
    changed: dict[str, object] = {"write_seconds": 0.5, "max_connections": 1}
    context = None
    if is_encrypted:
        (tmp_path / "authority").mkdir()
        signer = authority(tmp_path / "authority")
        pair = signer.pair("server")
        changed |= {"tls_certificate": pair.certificate, "tls_key": pair.key}
        context = ssl.create_default_context(cafile=signer.root)
    before = ended("deadline")
    async with with_little_room(settings.model_copy(update=changed), metering) as runner:
        port = int(runner.addresses[0][1])
        async with not_reading(port, context):
            async with asyncio.timeout(60):
                while ended("deadline") == before:  # noqa: ASYNC110  # nobody tells
                    await asyncio.sleep(0.01)
            assert runner.app[BUFFERS].held == 0
            # Its place is free again.
            async with wire(port, context) as client:
                assert (await client.ask(GET.replace(b"/livez", b"/status")))[0] == 200
                assert (await client.ask(GET))[0] == 200
    assert set(counts_of(metering).values()) == {(0, 0, 0, 0)}


async def test_a_page_that_is_not_read_ends_its_connection_too(
    settings: CommonSettings, metering: Path
) -> None:
    quick = settings.model_copy(update={"write_seconds": 0.5})
    before = ended("deadline")
    async with serving(quick, metering) as runner:
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", int(runner.addresses[0][1])))
            await loop.sock_sendall(client, GET.replace(b"/livez", b"/openapi.yaml") * 400)
            async with asyncio.timeout(30):
                while ended("deadline") == before:  # noqa: ASYNC110  # nobody tells
                    await asyncio.sleep(0.01)
        assert runner.app[BUFFERS].held == 0


async def test_memory_for_answers_is_bounded(settings: CommonSettings, metering: Path) -> None:
    small = settings.model_copy(update={"max_buffered_bytes": 2 * MEBIBYTE, "write_seconds": 60.0})
    before = ended("memory")
    async with with_little_room(small, metering) as runner:
        port = int(runner.addresses[0][1])
        async with AsyncExitStack() as stack:
            for _ in range(5):
                await stack.enter_async_context(not_reading(port))
                await asyncio.sleep(0.1)  # so that none finds the room for bodies taken
            async with asyncio.timeout(60):
                while ended("memory") == before:  # noqa: ASYNC110  # nobody tells
                    await asyncio.sleep(0.01)
            assert runner.app[BUFFERS].held <= 2 * MEBIBYTE


async def test_bodies_that_find_no_room_are_told_to_come_back(
    settings: CommonSettings, metering: Path
) -> None:
    small = settings.model_copy(update={"max_buffered_bytes": MEBIBYTE, "linger_seconds": 0.2})
    head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * MEBIBYTE}\r\n\r\n".encode()
    async with serving(small, metering) as runner:
        port = int(runner.addresses[0][1])
        async with wire(port) as slow, wire(port) as client:
            slow.writer.write(head + b" " * MEBIBYTE)
            # One alone may have more than the half that is meant for bodies.
            await until_held(runner, MEBIBYTE)
            client.writer.write(head + b" " * 100_000)
            status, headers, _ = await client.answer()
            assert status == 429
            assert headers["retry-after"] == "1"
            assert (await small_answer(port))[0] == 200
        async with asyncio.timeout(20):
            while runner.app[BUFFERS].held:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.01)


async def small_answer(port: int) -> tuple[int, dict[str, str], bytes]:
    """Ask with a small body, which comes with its head and needs no room."""
    body = daily_body(24)
    head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with wire(port) as client:
        return await client.ask(head + body)
