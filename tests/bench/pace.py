"""How fast the machine is, beside the one for which the targets were set: by a fit that is not ours."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("compare_stl.R")
TARGETS_MACHINE = {(7, 8640): 15.0, (1440, 8640): 27.0}
"""Milliseconds of one robust fit by R's `stl` there, by period and points."""


class Pace:
    """Readings taken in the course of a run; none where R is not installed."""

    def __init__(self) -> None:
        self._program = shutil.which("Rscript")
        self._readings: list[list[float]] = []

    def read(self) -> None:
        """Measure once."""
        if self._program is None:
            return
        words = [str(word) for case in TARGETS_MACHINE for word in case]
        run = subprocess.run(  # noqa: S603  # an installed program with words of our own
            [self._program, SCRIPT, *words], capture_output=True, text=True, check=True
        )
        self._readings.append([float(line) for line in run.stdout.split()])

    @property
    def factor(self) -> float | None:
        """How many times longer the same work takes here."""
        if not self._readings:
            return None
        return statistics.fmean(
            statistics.median(cell) / there
            for cell, there in zip(zip(*self._readings, strict=True), TARGETS_MACHINE.values(), strict=True)
        )

    def words(self) -> str:
        """All readings, and what they are compared with."""
        there = ", ".join(f"{time:.0f}" for time in TARGETS_MACHINE.values())
        here = "; ".join(", ".join(f"{time:.1f}" for time in reading) for reading in self._readings)
        cases = ", ".join(str(period) for period, _ in TARGETS_MACHINE)
        return (
            f"A fit of R's `stl` to 8640 points, periods {cases}: {here} ms in the course of this run,"
            f" {there} ms on the machine for which the targets were set."
        )
