"""An acceptor takes its share of the connections, and all of them if the others do not answer.

The smallest example: of two acceptors on one socket, each gets two of four connections.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

import pytest
import uvloop

from anomaly_container.web.server import acceptor
from anomaly_container.web.server.acceptor import PAUSES, SharedServer, SharedSockets
from anomaly_container.web.server.connection_counts import ConnectionCounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from anomaly_container.web.server.connection_counts import CountedConnection, Share

ANSWER_SECONDS = 5.0


class Worker:
    """Stands in for a worker: it counts its connections and greets each with its name."""

    def __init__(self, name: bytes, share: Share) -> None:
        self.name = name
        self.share = share
        self.made = 0
        self.lost = 0
        self._has_lost = asyncio.Event()

    async def is_unused(self) -> None:
        while self.lost < self.made:
            await self._has_lost.wait()
            self._has_lost.clear()

    def lose(self) -> None:
        self.lost += 1
        self._has_lost.set()

    def make(self) -> asyncio.Protocol:
        self.made += 1
        return Greeting(self, self.share.open())


class Greeting(asyncio.Protocol):
    def __init__(self, worker: Worker, counted: CountedConnection) -> None:
        self._worker = worker
        self._counted = counted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast("asyncio.Transport", transport)  # transports of uvloop have no common base
        opened.write(self._worker.name)
        opened.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the cause does not matter
        self._counted.close()
        self._worker.lose()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture
def counts() -> ConnectionCounts:
    return ConnectionCounts(2)


@asynccontextmanager
async def accepting(worker: Worker, *sockets: socket.socket) -> AsyncIterator[SharedServer]:
    server = SharedServer(SharedSockets([each.dup() for each in sockets], worker.share), worker.make)
    server.start()
    try:
        yield server
    finally:
        server.close()


async def greeting(listening: socket.socket) -> tuple[bytes, socket.socket]:
    """Connect, and return the name of the worker that accepted."""
    loop = asyncio.get_running_loop()
    client = socket.socket(listening.family)
    client.setblocking(False)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await loop.sock_connect(client, listening.getsockname())
            return await loop.sock_recv(client, 10), client
    except BaseException:
        client.close()
        raise


async def share_out(listening: socket.socket, counts: ConnectionCounts, count: int) -> None:
    first, second = Worker(b"first", counts.share(0, 100)), Worker(b"second", counts.share(1, 100))
    async with accepting(first, listening), accepting(second, listening):
        got = await asyncio.gather(*(greeting(listening) for _ in range(count)))
        assert abs(first.made - second.made) <= 2
        assert first.made + second.made == count
        for _, client in got:
            client.close()
        await all_closed(first, second)


async def all_closed(*workers: Worker) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        for worker in workers:
            await worker.is_unused()


@pytest.mark.parametrize("count", [4, 32])
async def test_two_acceptors_share(listening: socket.socket, counts: ConnectionCounts, count: int) -> None:
    await share_out(listening, counts, count)


async def test_an_idle_acceptor_that_does_not_answer_is_waited_for_once(
    listening: socket.socket, counts: ConnectionCounts
) -> None:
    dead = counts.share(1, 100)
    dead.begin()
    worker = Worker(b"alive", counts.share(0, 100))
    clients, seconds = [], []
    async with accepting(worker, listening):
        for _ in range(6):
            began = time.monotonic()
            name, client = await greeting(listening)
            seconds.append(time.monotonic() - began)
            clients.append(client)
            assert name == b"alive"
    for client in clients:
        client.close()
    assert sum(each >= sum(PAUSES) for each in seconds[:3]) == 1  # the third is beyond the slack
    assert min(seconds[3:]) < sum(PAUSES)


async def test_a_closed_acceptor_leaves_connections_in_the_queue(
    listening: socket.socket, counts: ConnectionCounts
) -> None:
    first, second = Worker(b"first", counts.share(0, 100)), Worker(b"second", counts.share(1, 100))
    async with accepting(first, listening):
        pass
    waiting = asyncio.create_task(greeting(listening))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    async with accepting(second, listening):
        name, client = await waiting
    assert name == b"second"
    assert first.made == 0
    client.close()


async def test_it_can_be_closed_while_it_steps_back(
    listening: socket.socket, counts: ConnectionCounts
) -> None:
    idle = counts.share(1, 100)
    idle.begin()
    worker = Worker(b"first", counts.share(0, 100))
    for _ in range(2):
        worker.share.open()
    async with accepting(worker, listening):
        waiting = asyncio.create_task(greeting(listening))
        await asyncio.sleep(PAUSES[0])
    await asyncio.sleep(2 * sum(PAUSES))
    assert worker.made == 0
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting


async def test_several_sockets_of_both_families(counts: ConnectionCounts) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        worker = Worker(b"both", counts.share(0, 100))
        async with accepting(worker, four, six) as server:
            assert [each.getsockname() for each in server.sockets] == [four.getsockname(), six.getsockname()]
            for listening in (four, six):
                name, client = await greeting(listening)
                assert name == b"both"
                client.close()
        assert server.sockets == ()


class Failing:
    """A listening socket whose first calls of accept fail."""

    def __init__(self, listening: socket.socket, *errors: int) -> None:
        self._listening = listening
        self.errors = list(errors)
        self.calls = 0

    def accept(self) -> tuple[socket.socket, object]:
        self.calls += 1
        if self.errors:
            raise OSError(self.errors.pop(0), "no more")
        return self._listening.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._listening, name)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
async def test_without_descriptors_it_waits_and_says_so_once(
    listening: socket.socket,
    counts: ConnectionCounts,
    caplog: pytest.LogCaptureFixture,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acceptor, "SECONDS_AFTER_ERROR", 0.02)
    failing = Failing(listening.dup(), number, number, number)
    worker = Worker(b"first", counts.share(0, 100))
    server = SharedServer(SharedSockets([failing], worker.share), worker.make)  # type: ignore[list-item] # it acts as one
    server.start()
    began = time.monotonic()
    with caplog.at_level(logging.ERROR):
        name, client = await greeting(listening)
    assert name == b"first"
    assert time.monotonic() - began >= 3 * 0.02
    assert failing.calls <= 5  # three failures, the connection, and an empty queue: it does not spin
    assert [record.getMessage() for record in caplog.records] == [
        "A worker cannot accept connections: no more. It tries again."
    ]
    client.close()
    server.close()


async def test_a_client_that_gave_up_does_not_delay_the_next(
    listening: socket.socket, counts: ConnectionCounts, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(listening.dup(), errno.ECONNABORTED)
    worker = Worker(b"first", counts.share(0, 100))
    server = SharedServer(SharedSockets([failing], worker.share), worker.make)  # type: ignore[list-item] # it acts as one
    server.start()
    name, client = await greeting(listening)
    assert name == b"first"
    assert not caplog.records
    client.close()
    server.close()


async def test_requests_are_served_between_many_connections(
    listening: socket.socket, counts: ConnectionCounts
) -> None:
    """One iteration of the loop accepts a bounded number."""
    clients = [socket.create_connection(listening.getsockname()) for _ in range(40)]
    worker = Worker(b"first", counts.share(0, 100))
    most, before = 0, 0
    async with accepting(worker, listening):
        while worker.made < len(clients):
            await asyncio.sleep(0)
            most, before = max(most, worker.made - before), worker.made
    assert most == acceptor.ACCEPTS_AT_ONCE
    for client in clients:
        client.close()


def test_on_the_loop_of_a_worker_a_connection_sends_small_pieces_at_once(
    listening: socket.socket, counts: ConnectionCounts
) -> None:
    async def option() -> int:
        made = asyncio.get_running_loop().create_future()

        class Kept(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                made.set_result(transport)

        server = SharedServer(SharedSockets([listening.dup()], counts.share(0, 100)), Kept)
        server.start()
        with socket.create_connection(listening.getsockname()):
            async with asyncio.timeout(ANSWER_SECONDS):
                transport = await made
            value = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            transport.abort()
            await asyncio.sleep(0)
        server.close()
        return int(value)

    assert uvloop.run(option())


@pytest.mark.parametrize("count", [4, 32])
def test_two_acceptors_share_on_the_loop_of_a_worker(
    listening: socket.socket, counts: ConnectionCounts, count: int
) -> None:
    uvloop.run(share_out(listening, counts, count))
