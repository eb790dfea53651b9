"""Clients nobody wishes for: slow ones, those who leave, those who send too much or nonsense."""

from __future__ import annotations

import asyncio
import gzip
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench.kinds import DAILY_SEASON, LONG, LONGEST
from tests.bench.wire import HOST, path_of
from tests.chaos.line import BrokenError, Line, connect
from tests.chaos.questions import malformed, question

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from tests.chaos.books import Books

PAUSES = (0.3, 1.5)
SECONDS_BETWEEN_OCTETS = 0.25
OVERSIZED = 4 * 1024 * 1024
"""More than the limit of 1 MiB and 256 octets for each of 8640 points."""
DEFLATED = gzip.compress(b" " * OVERSIZED)
HEAD = b"POST %b HTTP/1.1\r\n%b" % (path_of(Operation.ENTIRE).encode(), HOST)


@dataclass
class Rude:
    """The rude clients of one run.

    Attributes
    ----------
    port
        Where the server listens.
    books
        Where it is entered what came of what they sent.
    chance
        The choices, the same on every run.
    """

    port: int
    books: Books
    chance: random.Random

    def __post_init__(self) -> None:
        """Make what they send."""
        self._nonsense = malformed()
        # Only change points are asked for by those who leave: the other meters have no doubt left.
        sizes = (47, LONG, LONGEST)
        self._left = [question(Operation.CHANGE_POINT, DAILY_SEASON.body(size), size) for size in sizes]
        self._long = question(Operation.ENTIRE, DAILY_SEASON.body(LONGEST), LONGEST)

    async def trouble(self, until: float) -> None:
        """Send all kinds side by side until that moment of the monotonic clock."""
        kinds: list[Callable[[Line], Awaitable[None]]] = [
            *(
                self.slow_head,
                self.slow_body,
                self.slow_reader,
                self.leave_within_body,
                self.leave_within_answer,
            ),
            *(self.oversized, self.oversized_without_length, self.deflated, self.malformed, self.no_http),
        ]
        await asyncio.gather(*(self._repeat(kind, until) for kind in kinds))

    async def _repeat(self, kind: Callable[[Line], Awaitable[None]], until: float) -> None:
        while time.monotonic() < until:
            await asyncio.sleep(self.chance.uniform(*PAUSES))
            self.books.sent += 1
            try:
                line = await connect(self.port)
            except BrokenError:
                self.books.enter_cut_off()
                continue
            try:
                await kind(line)
            except BrokenError:
                self.books.enter_cut_off()
            except TimeoutError:
                self.books.enter_late(self._long.usage)
            finally:
                await line.reset()

    async def slow_head(self, line: Line) -> None:
        """Send a head octet by octet."""
        await self._slowly(line, HEAD + b"X-Padding: " + b"x" * 1000)

    async def slow_body(self, line: Line) -> None:
        """Send a body octet by octet."""
        line.writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
        await self._slowly(line, b" " * 1000)

    async def slow_reader(self, line: Line) -> None:
        """Take a long answer in small pieces; it must be the right one all the same."""
        line.writer.write(self._long.request)
        self.books.enter(self._long, await line.reply(pause=0.05, piece=8192))

    async def leave_within_body(self, line: Line) -> None:
        """Break the connection when half of the request is out: nothing of it may be counted."""
        request = self._long.request
        line.writer.write(request[: self.chance.randrange(len(HEAD), len(request) - 1)])
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        self.books.enter_left("within the body")

    async def leave_within_answer(self, line: Line) -> None:
        """Break the connection at some moment after the request: whether it counts is open."""
        asked = self.chance.choice(self._left)
        line.writer.write(asked.request)
        try:
            async with asyncio.timeout(self.chance.uniform(0, 0.2)):
                await line.reader.read(1)
        except (OSError, TimeoutError):
            pass  # it leaves in any case
        self.books.enter_left("within the answer", asked.usage)

    async def oversized(self, line: Line) -> None:
        """Announce a body that is too large."""
        line.writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % OVERSIZED + bytes(65536))
        self.books.enter_refusal(await line.reply(), 413)

    async def oversized_without_length(self, line: Line) -> None:
        """Send one that is too large and does not say so."""
        piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
        pieces = piece * (OVERSIZED // 65536)
        line.writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n")
        self.books.enter_refusal(await line.reply(), 413)

    async def deflated(self, line: Line) -> None:
        """Send one that is small until it is unpacked."""
        lines = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(DEFLATED)
        line.writer.write(HEAD + lines + DEFLATED)
        self.books.enter_refusal(await line.reply(), 413)

    async def malformed(self, line: Line) -> None:
        """Send what the contract refuses."""
        asked = self.chance.choice(self._nonsense)
        self.books.enter(asked, await line.ask(asked.request))

    async def no_http(self, line: Line) -> None:
        """Send what is no HTTP at all."""
        self.books.enter_refusal(await line.ask(b"\x16\x03\x01\x02\x00 hello\r\n\r\n"), 400)

    async def _slowly(self, line: Line, octets: bytes) -> None:
        """Send octet by octet until the server has had enough, and enter what it says."""
        reply = asyncio.create_task(line.reply())
        for octet in octets:
            if reply.done():
                break
            line.writer.write(bytes([octet]))
            await asyncio.wait([reply], timeout=SECONDS_BETWEEN_OCTETS)
        self.books.enter_refusal(await reply, 408)
