"""What the server's processes hold: memory and file descriptors, over the time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.place import Place

SECONDS_BETWEEN_LOOKS = 0.5
FEWEST_LOOKS = 9
"""Fewer are no base for a verdict on growth."""
MEGABYTE = 2**20


def private_megabytes(pid: int) -> float:
    """Return the memory that would be free if the process ended.

    Raises
    ------
    OSError
        When it has ended.
    """
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = [
        int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))
    ]
    return sum(kilobytes) * 1024 / MEGABYTE


def descriptors(pid: int) -> int:
    """Return how many files and connections a process has open.

    Raises
    ------
    OSError
        When it has ended.
    """
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@dataclass
class Footprint:
    """Looks at the processes while the load runs.

    Attributes
    ----------
    place
        Whose processes.
    memory
        By process: moments of the monotonic clock, and megabytes then.
    """

    place: Place
    memory: dict[int, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    async def watch(self, seconds: float) -> None:
        """Look again and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for pid in (self.place.server.process.pid, *self.place.server.worker_pids):
                try:
                    self.memory[pid].append((time.monotonic(), private_megabytes(pid)))
                except OSError:
                    continue  # it was killed in between
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def master(self) -> list[float]:
        """Return the memory of the process that all others come from."""
        return [megabytes for _, megabytes in self.memory[self.place.server.process.pid]]

    def longest_watched(self) -> list[float]:
        """Return the memory of the worker that lived longest."""
        master = self.place.server.process.pid
        workers = [looks for pid, looks in self.memory.items() if pid != master and looks]
        lived = max(workers, key=lambda looks: looks[-1][0] - looks[0][0], default=[])
        return [megabytes for _, megabytes in lived]

    def most(self) -> float:
        """Return the most memory of any worker."""
        master = self.place.server.process.pid
        return max(
            (megabytes for pid, looks in self.memory.items() if pid != master for _, megabytes in looks),
            default=0.0,
        )


def growth(looks: Sequence[float]) -> float | None:
    """Return by how much the last third is above the middle one; the first is for warming up.

    None when there are too few looks to tell.
    """
    if len(looks) < FEWEST_LOOKS:
        return None
    third = len(looks) // 3
    return median(looks[-third:]) - median(looks[third : 2 * third])


def open_now(place: Place) -> tuple[int, int]:
    """Return the descriptors of the master, and the most that a worker has."""
    server = place.server
    return descriptors(server.process.pid), max(map(descriptors, server.worker_pids))


def is_within(opened: tuple[int, int], bound: tuple[int, int]) -> bool:
    """Tell whether neither kind of process has more descriptors than it may have."""
    return opened[0] <= bound[0] and opened[1] <= bound[1]
