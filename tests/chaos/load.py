"""The mixed load: as fast as answers come, to find the capacity; then at moments fixed beforehand."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.line import BrokenError, Line, connect

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.chaos.books import Books
    from tests.chaos.questions import Question

CONNECTIONS = 32
REQUESTS_OF_A_LINE = (20, 60)
"""A connection is renewed after so many: a new worker gets its share, as behind any balancer."""
LONGEST_QUEUE_SECONDS = 10.0
"""Requests that are due wait for a free connection; when so many seconds of them wait, more are not sent."""


@dataclass
class Clients:
    """As many clients as there are connections, who take what is to be asked in turn.

    Attributes
    ----------
    port
        Where the server listens.
    questions
        What is asked, each as often as its weight says.
    books
        Where it is entered what came of it.
    chance
        The choices, the same on every run.
    """

    port: int
    questions: Sequence[Question]
    books: Books
    chance: random.Random
    due: list[float] = field(default_factory=list)
    """When each answered request was to be sent, in seconds of the monotonic clock."""
    waited: list[float] = field(default_factory=list)
    """Seconds from then to its answer."""
    unsent: int = 0
    """Requests that were due while too many others waited."""

    async def saturate(self, seconds: float) -> float:
        """Ask again as soon as an answer has come; return the answers a second."""
        before, start = self.books.answers, time.monotonic()

        async def repeat() -> None:
            slot = _Slot(self)
            while time.monotonic() < start + seconds:
                await slot.ask(self._next())
            await slot.close()

        await asyncio.gather(*(repeat() for _ in range(CONNECTIONS)))
        return (self.books.answers - before) / (time.monotonic() - start)

    async def keep_pace(self, per_second: float, seconds: float) -> None:
        """Send at fixed moments whether or not earlier answers have come, and wait for the last answer."""
        free: asyncio.Queue[_Slot] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            free.put_nowait(_Slot(self))
        longest_queue = LONGEST_QUEUE_SECONDS * per_second
        under_way: set[asyncio.Task[None]] = set()

        async def send(due: float) -> None:
            slot = await free.get()
            if await slot.ask(self._next()):
                self.due.append(due)
                self.waited.append(time.monotonic() - due)
            free.put_nowait(slot)

        start = time.monotonic()
        for place in range(round(per_second * seconds)):
            due = start + place / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(under_way) > longest_queue:
                self.unsent += 1
                continue
            task = asyncio.create_task(send(due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        while not free.empty():
            await free.get_nowait().close()

    def _next(self) -> Question:
        [question] = self.chance.choices(self.questions, [each.weight for each in self.questions])
        return question


class _Slot:
    """A place for one connection at a time."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._line: Line | None = None
        self._left = 0

    async def ask(self, question: Question) -> bool:
        """Ask and enter what came of it; return whether that was an answer of 200."""
        books = self._clients.books
        books.sent += 1
        try:
            if self._line is None:
                self._line = await connect(self._clients.port)
                self._left = self._clients.chance.randint(*REQUESTS_OF_A_LINE)
            reply = await self._line.ask(question.request)
        except BrokenError:
            books.enter_cut_off()
            await self.close()
            return False
        except TimeoutError:
            books.enter_late(question.usage)
            await self.close()
            return False
        books.enter(question, reply)
        self._left -= 1
        if not self._left or reply.headers.get("connection", "").lower() == "close":
            await self.close()
        return reply.status == 200

    async def close(self) -> None:
        """End the connection, if there is one."""
        if self._line is not None:
            await self._line.close()
            self._line = None
