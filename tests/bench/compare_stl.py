"""Compares the processor time of one robust STL fit with R's own `stl`, in turn, where R is installed."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this file is run as a program

from anomaly_container.detection.univariate import StlRule, kernels_compiled
from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from tests.support import signals

CASES = ((24, 1000), (7, 8640), (24, 8640), (168, 8640), (1440, 8640))
"""Period and points."""
ROUNDS, FITS = 3, 10


def ours() -> list[float]:
    """Milliseconds of one fit of each case."""
    spent = []
    for period, points in CASES:
        values = signals.seasonal(points, period, seed=points)
        robust_stl(values, period, StlRule.SERVICE)
        start = time.process_time()
        for _ in range(FITS):
            robust_stl(values, period, StlRule.SERVICE)
        spent.append(1000 * (time.process_time() - start) / FITS)
    return spent


def in_r(program: str) -> list[float]:
    """Milliseconds of one call of R's function on like series."""
    words = [str(word) for case in CASES for word in case]
    script = Path(__file__).with_suffix(".R")
    run = subprocess.run(  # noqa: S603  # fixed words
        [program, script, *words], capture_output=True, text=True, check=True
    )
    return [float(line) for line in run.stdout.split()]


def main() -> None:
    """Print the table, or that there is no R."""
    program = shutil.which("Rscript")
    if program is None:
        print("Rscript is not installed; Debian has it in r-base-core.")
        return
    rounds = [(ours(), in_r(program)) for _ in range(ROUNDS)]
    print(f"Kernels: {'compiled' if kernels_compiled() else 'numpy'}")
    print("| Period | Points | ours, ms | R, ms | times |")
    print("|---|---|---|---|---|")
    for place, (period, points) in enumerate(CASES):
        own = statistics.median(side[place] for side, _ in rounds)
        other = statistics.median(side[place] for _, side in rounds)
        print(f"| {period} | {points} | {own:.2f} | {other:.2f} | {other / own:.1f} |")


if __name__ == "__main__":
    main()
