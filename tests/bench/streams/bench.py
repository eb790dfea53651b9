"""What the random cut forest and an event cost, the forest beside published ones: `make bench-streams`."""

from __future__ import annotations

import os
import sys

from tests.bench import page
from tests.bench.batches.targets import Verdicts
from tests.bench.streams import events, forest
from tests.oracle.random_cut.rows import KINDS


def main() -> int:
    """Print the tables, and return 1 if a target is missed."""
    verdicts = Verdicts()
    print(f"{page.machine()}; load average {os.getloadavg()[0]:.1f}")
    print(f"{forest.TRAIN} rows of 7 columns train 50 trees of 512; times of training, else of a row\n")
    for kind in KINDS:
        print(forest.table(kind, forest.measure(kind), verdicts), end="\n\n")
    print(events.table(events.measure(), verdicts), end="\n\n")
    print(verdicts.words())
    return int(bool(verdicts.missed))


if __name__ == "__main__":
    sys.exit(main())
