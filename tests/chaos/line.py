"""A connection of a client: whole answers, and ways to break it."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.reply import WHOLE, read_reply

if TYPE_CHECKING:
    from tests.support.reply import Reply

SECONDS_TO_ANSWER = 60.0
RESET = struct.pack("ii", 1, 0)
"""Closing throws away what was not sent and tells the other side that the connection is broken."""


class BrokenError(Exception):
    """The server ended the connection before an answer was whole."""


@dataclass(frozen=True)
class Line:
    """A connection to the server on this machine."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> Reply:
        """Send a request and return its answer.

        Raises
        ------
        BrokenError
            When the connection ends before the answer does.
        TimeoutError
            When it does not come in `SECONDS_TO_ANSWER`.
        """
        self.writer.write(request)
        return await self.reply()

    async def reply(self, pause: float = 0.0, piece: int = WHOLE) -> Reply:
        """Return the answer that comes, read piece by piece with pauses between."""
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                return await read_reply(self.reader, pause, piece)
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            raise BrokenError from error

    async def close(self) -> None:
        """End the connection as a polite client does."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return  # the server was faster

    async def reset(self) -> None:
        """Break the connection."""
        end = self.writer.get_extra_info("socket")
        if not self.writer.transport.is_closing():
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort()
        await self.close()


async def connect(port: int) -> Line:
    """Return a new connection.

    Raises
    ------
    BrokenError
        When nobody takes it.
    """
    try:
        return Line(*await asyncio.open_connection("127.0.0.1", port))
    except OSError as error:
        raise BrokenError from error
