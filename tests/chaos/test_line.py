"""A client's connection tells a whole answer from one that was cut off."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.chaos import line as line_module
from tests.chaos.line import BrokenError, connect
from tests.system.server import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 6\r\n\r\n"


class Server:
    """Says the same to every request, and keeps how connections ended."""

    def __init__(self, octets: bytes, *, stays: bool) -> None:
        self._octets = octets
        self._stays = stays
        self.ends: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._octets)
            if self._stays:
                assert await reader.read() == b""
            self.ends.put_nowait("ended")
        except ConnectionResetError:
            self.ends.put_nowait("reset")
        finally:
            writer.close()


@asynccontextmanager
async def serving(octets: bytes, *, stays: bool = True) -> AsyncIterator[tuple[int, Server]]:
    says = Server(octets, stays=stays)
    async with await asyncio.start_server(says, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], says


async def test_a_whole_answer() -> None:
    async with serving(HEAD + b"answer") as (port, server):
        line = await connect(port)
        reply = await line.ask(b"GET / HTTP/1.1\r\n\r\n")
        assert reply == (429, {"retry-after": "1", "content-length": "6"}, b"answer")
        await line.close()
        assert await server.ends.get() == "ended"


@pytest.mark.parametrize("octets", [b"", HEAD[:20], HEAD, HEAD + b"answe"])
async def test_one_that_was_cut_off(octets: bytes) -> None:
    async with serving(octets, stays=False) as (port, _):
        line = await connect(port)
        with pytest.raises(BrokenError):
            await line.ask(b"GET / HTTP/1.1\r\n\r\n")
        await line.close()


async def test_one_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "SECONDS_TO_ANSWER", 0.1)
    async with serving(HEAD + b"answe") as (port, server):
        line = await connect(port)
        with pytest.raises(TimeoutError):
            await line.ask(b"GET / HTTP/1.1\r\n\r\n")
        await line.close()
        assert await server.ends.get() == "ended"


async def test_nobody_is_there() -> None:
    with pytest.raises(BrokenError):
        await connect(free_port())


async def test_a_slow_reader_takes_its_time_and_gets_the_same() -> None:
    async with serving(HEAD + b"answer") as (port, _):
        line = await connect(port)
        line.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        began = time.monotonic()
        reply = await line.reply(pause=0.05, piece=2)
        assert time.monotonic() - began >= 0.1
        assert reply.body == b"answer"
        await line.close()


async def test_a_broken_connection_is_one_for_the_server_too() -> None:
    async with serving(HEAD) as (port, server):
        line = await connect(port)
        line.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await line.reader.readuntil(b"\r\n\r\n")
        await line.reset()
        assert await server.ends.get() == "reset"
