"""Processes killed while they take over a store of an older version: no call is lost, and none counted twice.

A store of version 0.1.0 holds three calls in records and four in a counter. A process is killed while it
remakes the ledger, another while it collects, a third ends: the records hold 3 `LastDetect` and 4
`ChangePointDetect`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from itertools import count, cycle
from typing import TYPE_CHECKING

from anomaly_container.metering.ledger import Ledger
from anomaly_container.metering.ledger_layout import LAYOUT
from tests.support.usage_records import NAMES
from tests.system.layout import LAYOUTS, UNCOLLECTED, UNREPORTED, layout_of, unpack
from tests.unit.metering.victim import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEPT = sorted(path.name for path in LAYOUTS.iterdir() if path.is_dir())
LEFT = (0, UNREPORTED, UNCOLLECTED, UNREPORTED + UNCOLLECTED)
KILLS = 50


class Nursery:
    """Makes the processes that take over a folder."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def take_over(self, directory: Path, moment: object = "-") -> str:
        """Have a process take over a folder, kill it at a moment, and tell how it ended."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{directory} {moment}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def nursery() -> Iterator[Nursery]:
    with subprocess.Popen(  # this interpreter
        [sys.executable, "-m", "tests.unit.metering.migrating_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    ) as process:
        yield Nursery(process)


def kept(version: str, folder: Path) -> Path:
    unpack(LAYOUTS / version / "container", folder)
    return folder


def time_to_take_over(processes: Nursery, directory: Path) -> float:
    began = time.monotonic()
    assert processes.take_over(directory) == "done"
    return time.monotonic() - began


def recorded(directory: Path) -> tuple[int, ...]:
    with closing(Ledger(directory)) as ledger:
        return tuple(sum(record.quantities[name] for record in ledger.pending()) for name in NAMES)


def test_no_call_is_lost_through_fifty_kills_at_any_moment(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(12)  # noqa: S311  # no secret
    found: Counter[str] = Counter()
    with nursery() as processes:
        seconds = min(time_to_take_over(processes, kept(KEPT[0], tmp_path / name)) for name in "abc")
        for number, version in zip(count(), cycle(KEPT)):  # neither ends
            directory = kept(version, tmp_path / str(number))
            is_remade = False
            while not is_remade and processes.take_over(directory, chance.uniform(0, seconds)) == "killed":
                is_remade = layout_of(directory / "ledger.db") == LAYOUT
                found["remade" if is_remade else "not remade"] += 1
            assert processes.take_over(directory) == "done"
            assert recorded(directory) == LEFT
            if found.total() >= KILLS:
                break
    record_property(
        "shown", f"metering: {found.total()} kills while {number + 1} stores were taken over, {dict(found)}"
    )
    assert set(found) == {"remade", "not remade"}, "kills before the ledger was remade, and after"


def test_no_call_is_lost_whichever_statement_is_the_last(tmp_path: Path) -> None:
    with nursery() as processes:
        for statement in count(1):
            directory = kept(KEPT[0], tmp_path / str(statement))
            ended = processes.take_over(directory, f"#{statement}")
            assert processes.take_over(directory) == "done"
            assert recorded(directory) == LEFT
            if ended == "done":
                break
            assert ended == "killed"
    assert statement > 30
