"""What happens to the server meanwhile: workers killed, the metering endpoint cut off, the disk filled."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.way import Outage
from tests.system.small_disk import fill

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.chaos.place import Place
    from tests.chaos.way import Way

BETWEEN_KILLS = (4.0, 16.0)
BETWEEN_OUTAGES, OUTAGE = (6.0, 16.0), (0.5, 8.0)
BETWEEN_FULL_DISKS, FULL_DISK = (6.0, 16.0), (0.5, 5.0)
AFTERMATH = 2.0
"""Seconds after a trouble that still belong to it: a new worker starts, connections are made anew."""
AT_WILL = 0.125
"""Share of the time, at the beginning and at the end, in which any worker may be killed.

In between the oldest one, which is mostly the one that reports usage, is spared: its memory is watched.
"""
REFILL_SECONDS = 0.2


@dataclass
class Diary:
    """When there was trouble, and how often which."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    kills: list[float] = field(default_factory=list)
    spared_since: float = 0.0
    spared_until: float = 0.0

    def note(self, what: str, start: float) -> None:
        """Enter a trouble that is over."""
        self.happened[what] += 1
        self.spans.append((start, time.monotonic() + AFTERMATH))

    def kill_spans(self) -> list[tuple[float, float]]:
        """Return from when to when a broken connection may be the work of a kill."""
        return [(kill, kill + AFTERMATH) for kill in self.kills]

    def is_calm(self, moment: float) -> bool:
        """Tell whether there was no trouble and no aftermath at a moment of the monotonic clock."""
        return not any(start <= moment <= end for start, end in self.spans)


@dataclass
class Troubles:
    """The troubles of one run.

    Attributes
    ----------
    place
        The server and its disk.
    way
        Its way to the metering endpoint.
    chance
        The choices, the same on every run.
    diary
        What happened.
    """

    place: Place
    way: Way
    chance: random.Random
    diary: Diary = field(default_factory=Diary)

    async def trouble(self, until: float) -> None:
        """Make trouble until that moment of the monotonic clock; nothing of it lasts longer."""
        await asyncio.gather(self._kill(until), self._cut(until), self._fill(until))

    async def _kill(self, until: float) -> None:
        start = time.monotonic()
        share = AT_WILL * (until - start)
        self.diary.spared_since, self.diary.spared_until = start + share, until - share
        while time.monotonic() < until:
            begun = time.monotonic()
            workers = self.place.server.worker_pids
            if self.diary.spared_since < begun < self.diary.spared_until:
                workers.remove(self.place.oldest_worker())
            if workers:
                os.kill(self.chance.choice(workers), signal.SIGKILL)
                self.diary.kills.append(begun)
                self.diary.note("workers killed", begun)
            await self._pause(BETWEEN_KILLS, until)

    async def _cut(self, until: float) -> None:
        kinds = list(Outage)
        self.chance.shuffle(kinds)
        while time.monotonic() < until:
            begun, kind = time.monotonic(), kinds[self.diary.happened["metering outages"] % len(kinds)]
            self.way.cut(kind)
            try:
                await self._pause(OUTAGE, until)
            finally:
                self.way.mend()
            self.diary.note("metering outages", begun)
            await self._pause(BETWEEN_OUTAGES, until)

    async def _fill(self, until: float) -> None:
        if self.place.disk is None:
            return
        while time.monotonic() < until:
            await self._pause(BETWEEN_FULL_DISKS, until)
            begun = time.monotonic()
            async with _filled(self.place.disk / "filler"):
                await self._pause(FULL_DISK, until)
            self.diary.note("full disks", begun)

    async def _pause(self, bounds: tuple[float, float], until: float) -> None:
        await asyncio.sleep(max(0.0, min(self.chance.uniform(*bounds), until - time.monotonic())))


@asynccontextmanager
async def _filled(filler: Path) -> AsyncIterator[None]:
    """Keep a disk full until the block ends: what others give back is taken, too."""

    async def refill() -> None:
        while True:
            fill(filler)
            await asyncio.sleep(REFILL_SECONDS)

    filling = asyncio.create_task(refill())
    try:
        yield
    finally:
        filling.cancel()
        await asyncio.wait([filling])
        filler.unlink(missing_ok=True)  # noqa: ASYNC240  # a file in memory
