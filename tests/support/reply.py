"""An answer as it comes over a connection: what all clients of the tests' own read alike."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

WHOLE = 2**24
"""More octets than any answer has."""


class Reply(NamedTuple):
    """A whole answer: its status, its headers by name in small letters, and its body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def read_reply(reader: asyncio.StreamReader, pause: float = 0.0, piece: int = WHOLE) -> Reply:
    """Return the answer that comes, its body read piece by piece with pauses between.

    Raises
    ------
    OSError, EOFError
        When the connection ends before the answer is whole.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    left = int(headers["content-length"])
    body = await reader.readexactly(min(piece, left))
    while len(body) < left:
        await asyncio.sleep(pause)
        body += await reader.readexactly(min(piece, left - len(body)))
    return Reply(int(first.split()[1]), headers, body)
