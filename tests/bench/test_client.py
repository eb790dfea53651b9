"""The client at a constant rate counts the time that requests wait for one another."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.bench.client import as_fast_as_possible, at_constant_rate, on_short_connections
from tests.bench.wire import get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAUSE = 0.05


@asynccontextmanager
async def slow_server(status: bytes = b"200 OK") -> AsyncIterator[int]:
    """A server that answers each request of a connection after `PAUSE` seconds; gives its port."""
    open_connections = 0
    all_closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_connections
        open_connections += 1
        while not reader.at_eof():
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            await asyncio.sleep(PAUSE)
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
        writer.close()
        await writer.wait_closed()
        open_connections -= 1
        if not open_connections:
            all_closed.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(all_closed.wait(), 30)


async def test_waiting_for_a_free_connection_counts() -> None:
    async with slow_server() as port:
        waited = await at_constant_rate(port, [get("/")], per_second=100, seconds=0.1, connections=1)
    assert len(waited) == 10
    assert min(waited) >= PAUSE
    assert max(waited) >= 10 * PAUSE - 0.1, (
        "ten answers one after the other, the last request due after 0.09 s"
    )


async def test_a_refused_request_is_never_answered() -> None:
    async with slow_server(b"429 Too Many Requests") as port:
        assert await at_constant_rate(port, [get("/")], 100, 0.02, 1) == [math.inf] * 2


async def test_answers_are_counted_by_status() -> None:
    async with slow_server() as port:
        statuses, seconds = await as_fast_as_possible(port, [get("/")], seconds=0.2, connections=2)
    assert seconds >= 0.2
    assert statuses.keys() == {200}
    assert 2 <= statuses[200] <= 2 * math.ceil(seconds / PAUSE)


@pytest.mark.parametrize("opens_at_once", [False, True])
async def test_connections_are_open_before_the_first_request_and_take_turns(*, opens_at_once: bool) -> None:
    async with slow_server() as port:
        waited = await at_constant_rate(port, [get("/")], 400, 0.02, 8, opens_at_once=opens_at_once)
    assert len(waited) == 8
    assert max(waited) < 2 * PAUSE, "no request waits for another, for each has a connection"


async def test_a_short_connection_has_one_request() -> None:
    async with slow_server() as port:
        waited = await on_short_connections(port, get("/"), count=5, at_once=2)
    assert len(waited) == 5
    assert all(PAUSE <= seconds < 3 * PAUSE for seconds in waited)


async def test_a_refusal_on_a_short_connection_is_no_figure() -> None:
    async with slow_server(b"429 Too Many Requests") as port:
        with pytest.raises(RuntimeError, match="was answered 429"):
            await on_short_connections(port, get("/"), count=1, at_once=1)
