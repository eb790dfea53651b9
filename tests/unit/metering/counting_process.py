"""Processes that count or collect until they are killed; they import little, to be there soon."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from anomaly_container.metering.counter import Counter
from anomaly_container.metering.counter_files import read_counters
from anomaly_container.metering.file_lock import held
from anomaly_container.metering.ledger import Ledger
from tests.support.usage_records import NAMES

STEPS = [(meter, amount) for amount in (1, 2, 5) for meter in NAMES]
"""What a process adds, one after the other and again from the start."""


def added_after(steps: int) -> list[int]:
    """Return by meter what a process has added after so many steps."""
    rounds, rest = divmod(steps, len(STEPS))
    return [
        sum(amount * (rounds + (place < rest)) for place, (of, amount) in enumerate(STEPS) if of is meter)
        for meter in NAMES
    ]


def count(directory: Path) -> None:
    """Add for ever, and say after each step that it was made."""
    counter = Counter.open(directory, NAMES)
    while True:
        for meter, amount in STEPS:
            counter.add(meter, amount)
            os.write(1, b".")


def collect(directory: Path) -> None:
    """Collect and forget for ever, unless another process does, and say after each round that it was made."""
    while True:
        with held(directory / "leader.lock") as leading:
            while leading:
                with closing(Ledger(directory)) as ledger:
                    ledger.collect(read_counters(directory), datetime.now(UTC), NAMES)
                    ledger.forget_drained()
                os.write(1, b".")
        time.sleep(0.01)


if __name__ == "__main__":
    {"count": count, "collect": collect}[sys.argv[1]](Path(sys.argv[2]))
