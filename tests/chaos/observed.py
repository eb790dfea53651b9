"""Everything a run has seen, as the figures need it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.books import Books
from tests.chaos.troubles import Diary

if TYPE_CHECKING:
    from collections.abc import Sequence

EXCEPTION = re.compile(
    r"Traceback|Unhandled exception|Exception in|failed with (?!status)|never (?:awaited|retrieved)"
)
"""How an exception that nobody expected shows in the log; a failed attempt to report usage is expected."""


@dataclass
class Observed:
    """What was seen.

    Attributes
    ----------
    seconds
        How long the steady load lasted.
    capacities, rates
        Answers a second as fast as possible, by round; requests a second then sent.
    books, diary
        What became of the requests; what happened to the server.
    due, waited, unsent
        When answered requests were to be sent, how long they then took, and how many were not sent.
    outages
        Records that met an outage, by its kind, or were stored.
    counted, at_the_end
        Usage as the metering endpoint had it before the server was stopped, and after.
    unreported
        Usage that the server itself still had to report when it had stopped.
    master_memory, worker_memory, most_memory
        Megabytes of the first process, of the worker that lived longest, and the most of any worker.
    opened_before, opened_after
        Descriptors of the first process and the most of a worker, without load.
    loads
        Load averages of the machine, before and after.
    has_small_disk
        Whether there was a disk to fill.
    log
        What the server wrote.
    exit_code
        What it ended with when it was told to stop.
    """

    seconds: float
    capacities: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    diary: Diary = field(default_factory=Diary)
    due: Sequence[float] = ()
    waited: Sequence[float] = ()
    unsent: int = 0
    outages: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    at_the_end: Counter[str] = field(default_factory=Counter)
    unreported: Counter[str] = field(default_factory=Counter)
    master_memory: Sequence[float] = ()
    worker_memory: Sequence[float] = ()
    most_memory: float = 0.0
    opened_before: tuple[int, int] = (0, 0)
    opened_after: tuple[int, int] = (0, 0)
    loads: list[float] = field(default_factory=list)
    has_small_disk: bool = True
    log: str = ""
    exit_code: int = 0

    def calm_waits(self) -> list[float]:
        """Return the seconds of the requests that were due when there was no trouble."""
        pairs = zip(self.due, self.waited, strict=True)
        return [waited for due, waited in pairs if self.diary.is_calm(due)]

    def cut_off_without_kill(self) -> int:
        """Return how many connections the server ended although no worker had been killed just before."""
        kills = self.diary.kill_spans()
        moments = self.books.cut_off
        return sum(not any(start <= moment <= end for start, end in kills) for moment in moments)

    def exceptions(self) -> list[str]:
        """Return the lines of the log that tell of an exception nobody expected."""
        return [line for line in self.log.splitlines() if EXCEPTION.search(line)]
