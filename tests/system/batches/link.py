"""A link to a server that a test can cut: connections end, and new ones are refused."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_AT_ONCE = 1 << 16
SECONDS_TO_CLOSE = 0.1


class Link:
    """A port of loopback that leads to another one."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = parts.hostname, parts.port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self.port = 0
        self._thread.start()
        self.mend()
        self.url = f"http://127.0.0.1:{self.port}{parts.path}"

    def mend(self) -> None:
        """Accept connections, again on the same port."""
        asyncio.run_coroutine_threadsafe(self._mend(), self._loop).result(10)

    def cut(self) -> None:
        """End all connections in whatever they do, and accept no other."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def close(self) -> None:
        """End it."""
        self.cut()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _mend(self) -> None:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        assert self._server is not None
        self._server.close()
        connections = dict(self._connections)
        for task, writer in connections.items():
            # A task that is cancelled before its first step closes nothing.
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _end(self) -> None:
        """End what was accepted or opened while it was cut."""
        await asyncio.sleep(SECONDS_TO_CLOSE)
        for writer in self._connections.values():
            # As above: one that was accepted a moment ago may not have begun.
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(SECONDS_TO_CLOSE)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._joined(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(*self._target)
            await asyncio.gather(_passed_on(reader, there), _passed_on(answers, writer))
        except (OSError, asyncio.CancelledError):
            pass  # either side has ended it, or the link is cut
        finally:
            for one in (writer, there):
                if one is not None:
                    one.transport.abort()
                    with suppress(OSError):
                        await one.wait_closed()


async def _passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(MOST_AT_ONCE):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()


@contextmanager
def link_to(url: str) -> Iterator[Link]:
    """Lead to a URL until the block ends."""
    link = Link(url)
    try:
        yield link
    finally:
        link.close()
