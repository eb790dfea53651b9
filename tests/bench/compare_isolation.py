"""Compares the processor time of the isolation forest with scikit-learn's, in turn: `make compare`.

It is run by an interpreter that has scikit-learn.
"""

from __future__ import annotations

import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import IsolationForest as Theirs

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.isolation import fit, offset, sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

CASES = ((100, 4), (256, 8), (1024, 4), (10_000, 4), (100_000, 4))
"""Rows and columns."""
ROUNDS = 3
SECONDS = 0.5
"""At most so long, each of the three is run again for a case in a round."""


def ours(rows: FloatArray) -> None:
    """Fit and score, the draws of the rows included."""
    sample_rows.cache_clear()
    offset(fit(rows).scores(rows))


def in_numpy(rows: FloatArray) -> None:
    """Do the same without the kernels."""
    compiled, _kernels.compiled = _kernels.compiled, None
    ours(rows)
    _kernels.compiled = compiled


def theirs(rows: FloatArray) -> None:
    """Fit, which scores the rows for the offset, and score them."""
    Theirs(contamination=0.05, random_state=42).fit(rows).score_samples(rows)


def milliseconds(run: Callable[[], object]) -> float:
    """Return the processor time of one run."""
    start, runs = time.process_time(), 0
    while (spent := time.process_time() - start) < SECONDS or runs == 0:
        run()
        runs += 1
    return 1000.0 * spent / runs


def main() -> None:
    """Print the table and the rows that a fitted forest scores a second."""
    print(f"Kernels: {'compiled' if _kernels.compiled is not None else 'numpy'}")
    print("| Rows | Columns | ours, ms | in numpy, ms | scikit-learn, ms | times |")
    print("|---|---|---|---|---|---|")
    for count, width in CASES:
        rows = np.random.default_rng(1).normal(size=(count, width))
        ours(rows)
        rounds = [
            [milliseconds(partial(run, rows)) for run in (ours, in_numpy, theirs)] for _ in range(ROUNDS)
        ]
        own, slow, other = (statistics.median(side) for side in zip(*rounds, strict=True))
        print(f"| {count} | {width} | {own:.2f} | {slow:.1f} | {other:.1f} | {other / own:.0f} |")
    rows = np.random.default_rng(1).normal(size=(200_000, 4)).astype(np.float32)
    forest = fit(rows)
    spent = statistics.median(milliseconds(lambda: forest.scores(rows)) for _ in range(ROUNDS))
    print(f"A fitted forest scores {len(rows) / spent / 1000:.2f} million rows of 4 columns a second.")


if __name__ == "__main__":
    main()
