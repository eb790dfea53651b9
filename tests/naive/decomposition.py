"""From one decomposition to the one the seasonal detector uses (algorithm.md 6.2-6.4)."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tests.naive.stl import stl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Parts: TypeAlias = tuple[list[float], list[float], list[float]]
Decompose: TypeAlias = "Callable[[Sequence[float], int, str], Parts]"


def with_next_point(decompose: Decompose, values: Sequence[float], period: int, rule: str) -> Parts:
    """Decompose with and without one more point and keep what fits the last point better (6.2)."""
    plain = decompose(values, period, rule)
    same_phase = []
    position = len(values) - period
    while position >= 0:
        same_phase.append(values[position])
        position -= period
    trend, seasonal, remainder = decompose([*values, statistics.median(same_phase)], period, rule)
    n = len(values)
    if abs(plain[2][n - 1]) <= abs(remainder[n - 1]):
        return plain
    return trend[:n], seasonal[:n], remainder[:n]


def exp(x: float) -> float:
    """Return e^x as the C library rounds it, infinity beyond the range of numbers (15 I)."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def log_stl(values: Sequence[float], period: int, rule: str) -> Parts:
    """Decompose the logarithms, shifted to at least 1, and return linear parts (6.4)."""
    lowest = min(values)
    shifted = lowest < 1.0
    data = [x - lowest + 1.0 for x in values] if shifted else list(values)
    log_trend, log_seasonal, _ = stl([math.log(x) for x in data], period, rule)
    trend = [exp(t) for t in log_trend]
    seasonal = [exp(t + s) - exp(t) for t, s in zip(log_trend, log_seasonal, strict=True)]
    remainder = [x - t - s for x, t, s in zip(data, trend, seasonal, strict=True)]
    if shifted:
        trend = [t - 1.0 + lowest for t in trend]
    return trend, seasonal, remainder


def outliers_beyond_season(deviation: Sequence[float], period: int) -> set[int]:
    """Return indices 3 sigma away from the mean whose phase does not hold too many of them (6.3)."""
    n = len(deviation)
    mean = float(np.mean(deviation))
    sigma = float(np.std(deviation))
    if sigma == 0.0:
        return set()
    by_phase: dict[int, list[int]] = {}
    for i in range(n):
        if abs(deviation[i] - mean) / sigma >= 3.0:
            by_phase.setdefault(i % period, []).append(i)
    limit = int(n / period / 2)
    return {i for members in by_phase.values() if len(members) <= limit for i in members}


def cleaned(decompose: Decompose, values: Sequence[float], period: int, rule: str) -> Parts:
    """Decompose, replace outliers by the point before them, decompose once more (6.3)."""
    trend, seasonal, remainder = decompose(values, period, rule)
    deviation = [r + s for r, s in zip(remainder, seasonal, strict=True)]
    outliers = outliers_beyond_season(deviation, period)
    if not outliers:
        return trend, seasonal, remainder
    first_normal = min(i for i in range(len(values)) if i not in outliers)
    last = deviation[first_normal]
    for i in range(len(values)):
        if i in outliers:
            deviation[i] = last
        last = deviation[i]
    return decompose([d + t for d, t in zip(deviation, trend, strict=True)], period, rule)


def clean_decompose(values: Sequence[float], period: int, rule: str) -> Parts:
    """Return the outlier-cleaned decomposition of the data themselves (6.3)."""
    return cleaned(stl, values, period, rule)


def relative_error(values: Sequence[float], remainder: Sequence[float]) -> float:
    """Return the mean of |remainder / value|, leaving out 0/0 and counting infinity (6.4)."""
    ratios = []
    for x, r in zip(values, remainder, strict=True):
        if x != 0.0:
            ratios.append(abs(r / x))
        elif r != 0.0:
            ratios.append(math.inf)
    return math.fsum(ratios) / len(ratios) if ratios else math.nan


def better_of_linear_and_log(
    decompose: Decompose, log_decompose: Decompose, values: Sequence[float], period: int, rule: str
) -> Parts:
    """Take the logarithmic decomposition where the linear one fits badly and it fits well (6.4)."""
    parts = cleaned(decompose, values, period, rule)
    if relative_error(values, parts[2]) > 0.10:
        log_parts = cleaned(log_decompose, values, period, rule)
        if relative_error(values, log_parts[2]) < 0.05:
            return log_parts
    return parts


def decompose_entire(values: Sequence[float], period: int, rule: str) -> Parts:
    """Return trend, seasonal component and remainder for a whole series (6.3, 6.4)."""
    return better_of_linear_and_log(stl, log_stl, values, period, rule)


def decompose_last(values: Sequence[float], period: int, rule: str) -> Parts:
    """Return trend, seasonal component and remainder when the last point is asked for (6.2-6.4)."""

    def linear(x: Sequence[float], p: int, r: str) -> Parts:
        return with_next_point(stl, x, p, r)

    def logarithmic(x: Sequence[float], p: int, r: str) -> Parts:
        return with_next_point(log_stl, x, p, r)

    return better_of_linear_and_log(linear, logarithmic, values, period, rule)
