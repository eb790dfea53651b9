"""A process that makes others, each of which takes over a store of an older version or dies by SIGKILL.

It has imported all they need, so that they begin at once. A line of its input names a folder, and when to
kill: `0.004` is 4 ms after the beginning, `#7` before the seventh statement that changes the database, `-`
never. The answer is `done` or `killed`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from anomaly_container.metering.counter_files import own_counters
from anomaly_container.metering.ledger import Ledger
from tests.support.usage_records import NAMES
from tests.unit.metering.metering import NOON, prepared

CHANGES = ("ALTER", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE", "COMMIT")


def take_over(directory: Path) -> None:
    """Do what a container does at its start."""
    prepared(directory)
    with closing(Ledger(directory)) as ledger:
        ledger.collect(own_counters(directory), NOON, NAMES)
        ledger.forget_drained()


def die_at(statement: int) -> None:
    """Have this process end before a statement that changes the database, counted from 1."""
    left = count(statement, -1)

    class Dying(sqlite3.Connection):
        def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as the base has it
            if statement.startswith(CHANGES) and next(left) <= 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().execute(statement, *values)

    sqlite3.connect = partial(sqlite3.connect, factory=Dying)  # type: ignore[assignment]  # in this process only


def serve() -> None:
    """Make the processes, one after the other."""
    for line in sys.stdin:
        folder, moment = line.split()
        child = os.fork()
        if not child:
            if moment.startswith("#"):
                die_at(int(moment[1:]))
            take_over(Path(folder))
            os._exit(0)
        if moment[0].isdigit():
            time.sleep(float(moment))
            os.kill(child, signal.SIGKILL)  # one that has ended is waited for only then
        _, status = os.waitpid(child, 0)
        ended = "done" if status == 0 else "killed" if os.WTERMSIG(status) == signal.SIGKILL else "failed"
        os.write(1, f"{ended}\n".encode())


if __name__ == "__main__":
    serve()
