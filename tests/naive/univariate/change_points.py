"""Where the trend of a series changes, every line fitted from its definition (changepoint.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.naive.univariate.period import detect_period
from tests.naive.univariate.stl import stl

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8
WINDOWS = {
    "yearly": 3,
    "monthly": 6,
    "weekly": 3,
    "daily": 5,
    "hourly": 24,
    "minutely": 72,
    "secondly": 72,
    "microsecond": 100,
    "none": 100,
}


def line_at(y: Sequence[float], at: float) -> float:
    """Fit an ordinary least-squares line to y over 0..m-1 and evaluate it."""
    m = len(y)
    if m == 1:
        return y[0]
    centre = (m - 1) / 2
    mean = sum(y) / m
    covariance = sum((i - centre) * (value - mean) for i, value in enumerate(y))
    slope = covariance / sum((i - centre) ** 2 for i in range(m))
    return mean + slope * (at - centre)


def walk(y: Sequence[float], window: int, threshold: float) -> tuple[list[bool], list[float]]:
    """Follow the trend from break to break (changepoint.md, steps 2-5)."""
    n = len(y)
    spread = max(max(y) - min(y), EPS)
    is_change_point = [False] * n
    score = [0.0] * n
    if max(y) == min(y):
        return is_change_point, score
    start = 0
    candidate: int | None = None
    base = list(y[:1])
    for i in range(n):
        if i - start >= 2:
            score[i] = abs(y[i] - line_at(y[start : i + 1], i - start)) / spread
        if candidate is not None and i - candidate >= window:
            is_change_point[candidate] = True
            score[candidate] = abs(y[candidate] - line_at(base, len(base))) / spread
            candidate = None
        if i - start >= 2 and score[i] > 1.0 - threshold:
            if candidate is None:
                base = list(y[start:i])
            candidate = start = i
    return is_change_point, score


def change_points(
    values: Sequence[float],
    granularity: str,
    interval: int,
    period: int | None,
    window: int | None,
    threshold: float | None,
    stl_rule: str,
) -> tuple[int, list[bool], list[float]]:
    """Return period, change points and confidence scores (changepoint.md)."""
    if period is None:
        period = detect_period(values, granularity, interval)
    constant = max(values) == min(values)
    y = list(values) if period <= 1 or constant else stl(values, period, stl_rule)[0]
    if window is None:
        window = WINDOWS[granularity]
    if threshold is None:
        threshold = 0.91 if granularity == "hourly" else 0.9
    found, score = walk(y, window, threshold)
    return period, found, score
