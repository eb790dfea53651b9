"""Running medians, one window at a time (algorithm.md 5.1 and 5.3)."""

from __future__ import annotations

import statistics
from bisect import bisect_right, insort
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_single(x: float) -> float:
    """Round to IEEE single precision, infinity beyond its range."""
    with np.errstate(over="ignore"):
        return float(np.float32(x))


def single_median(window: Sequence[float]) -> float:
    """Return the median of single-precision values, itself in single precision."""
    return as_single(statistics.median(window))


def running_median_truncated(x: Sequence[float], width: int) -> list[float]:
    """Return the centred median of an odd width; windows shrink at both ends (5.1 without its quirk)."""
    n = len(x)
    half = width // 2
    return [statistics.median(x[max(0, i - half) : min(n, i + half + 1)]) for i in range(n)]


def running_median_stale(x: Sequence[float], width: int) -> list[float]:
    """Return the truncated running median with the service's wrong removals at the end (5.1, last Q).

    In the last width // 2 positions the leaving value is looked up in double precision among the single
    precision members, so a value that was rounded up stays and its predecessor leaves.
    """
    n = len(x)
    half = width // 2
    if n < width:
        return [as_single(value) for value in x]
    result = []
    for i in range(n - half):
        window = [as_single(value) for value in x[max(0, i - half) : i + half + 1]]
        result.append(single_median(window))
    members: list[float] = []
    for value in x[n - 2 * half - 1 :]:
        insort(members, as_single(value))
    for i in range(n - half, n):
        leaving = x[i - half - 1]
        place = bisect_right(members, leaving) - 1
        del members[max(place, 0)]
        result.append(single_median(members))
    return result


def running_median_centre(x: Sequence[float], width: int) -> list[float]:
    """Return the median of whole windows only; the ends keep the data (5.3)."""
    n = len(x)
    half = width // 2
    result = [as_single(value) for value in x]
    if n < width:
        return result
    for i in range(half, n - half):
        result[i] = single_median([as_single(value) for value in x[i - half : i + half + 1]])
    return result
