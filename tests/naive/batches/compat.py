"""The rules of the original pipeline in plain Python: the baseline learns one value after the other."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from statistics import median


@dataclass
class Column:
    """The running moments of a column, by Welford's method."""

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def observe(self, value: float) -> None:
        self.count += 1
        before = value - self.mean
        self.mean += before / self.count
        self.m2 += before * (value - self.mean)


def zscores(known: Column, values: list[float]) -> list[tuple[float, bool]]:
    """Rounded score and flag of each value; nan and False for a gap or an immature column."""
    deviation = sqrt(known.m2 / known.count) if known.count > 1 else 0.0
    found = []
    for value in values:
        if known.count < 30 or isnan(value):
            found.append((nan, False))
        else:
            z = abs(value - known.mean) / deviation if deviation else 0.0
            found.append((round(z, 4), z > 3.0))
    return found


def filled(values: list[float]) -> list[float]:
    """The values with the median for each gap; a column of gaps stays one."""
    present = [value for value in values if not isnan(value)]
    return [median(present) if isnan(value) and present else value for value in values]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
