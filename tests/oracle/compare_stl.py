"""Compare the STL kernel, setting "service", with R's `stl` on seeded random series: `make oracle-test`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from anomaly_container.detection.univariate.types import StlRule

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

PERIODS = (2, 3, 4, 5, 7, 8, 9, 12, 13, 24, 25, 30, 48, 52, 96, 168, 365, 1440)
SEASONS = (2.05, 2.5, 3.0, 4.4, 7.0, 12.3, 40.1)
LONGEST = 8640
TOLERANCE = 1e-12
"""Of the largest value; every series came out bit for bit where R uses 80-bit long doubles, as on x86-64."""


def series(period: int, seasons: float, generator: np.random.Generator) -> FloatArray:
    """Return a season with trend, noise and an outlier; every other one rounded, so that residuals tie."""
    size = max(int(period * seasons), 2 * period + 1)
    index = np.arange(size)
    values = 10.0 * np.sin(2.0 * np.pi * index / period) + generator.normal(0.0, 3.0, size) + 0.01 * index
    values[generator.integers(size)] += 30.0
    if generator.random() < 0.5:
        values = np.round(values)
    return values


def decompose_in_r(cases: list[tuple[int, FloatArray]]) -> list[FloatArray]:
    """Return seasonal component, trend and remainder of each series as R has them: (3, n) each."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "series"), Path(folder, "parts")
        lines = (f"{period} {' '.join(value.hex() for value in values.tolist())}" for period, values in cases)
        source.write_text("\n".join(lines) + "\n")
        script = Path(__file__).with_name("stl.R")
        # Fixed words and files of our own.
        subprocess.run(["Rscript", script, source, target], check=True)  # noqa: S603, S607
        return [
            np.array([float.fromhex(word) for word in line.split()]).reshape(3, -1)
            for line in target.read_text().splitlines()
        ]


def main() -> int:
    """Print a table and return 1 if a series is farther from R than the tolerance."""
    generator = np.random.default_rng(20260101)
    cases = [
        (period, series(period, seasons, generator))
        for period in PERIODS
        for seasons in SEASONS
        if period * seasons <= LONGEST
    ]
    equal, farthest = 0, 0.0
    for (period, values), parts in zip(cases, decompose_in_r(cases), strict=True):
        fit = robust_stl(values, period, StlRule.SERVICE)
        ours = np.stack([fit.seasonal, fit.trend, fit.remainder])
        distance = float(np.abs(ours - parts).max() / np.abs(values).max())
        equal += distance == 0.0
        farthest = max(farthest, distance)
        if distance > TOLERANCE:
            print(f"period {period}, {values.size} points: {distance:.1e} from R")
    odd = sum(period % 2 for period, _ in cases)
    print(f"{len(cases)} series, {odd} with an odd period")
    print(f"{equal} equal R bit for bit, the farthest is {farthest:.1e} of its largest value away")
    return int(farthest > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
