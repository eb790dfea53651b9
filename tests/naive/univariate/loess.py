"""Locally weighted regression on the points 1..m, one evaluation at a time (algorithm.md 6.1)."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def fitted_value(
    y: Sequence[float],
    span: int,
    degree: int,
    at: float,
    left: int,
    right: int,
    weights: Sequence[float] | None,
) -> float | None:
    """Fit the points left..right (1-based, inclusive) and evaluate at `at`; None without any weight (6.1)."""
    m = len(y)
    reach = max(at - left, right - at)
    if span > m:
        reach += (span - m) // 2
    window = range(left, right + 1)

    w: dict[int, float] = {}
    total = 0.0
    for j in window:
        distance = abs(j - at)
        if distance <= 0.001 * reach:
            w[j] = 1.0
        elif distance <= 0.999 * reach:
            ratio = distance / reach
            bell = 1.0 - ratio * ratio * ratio
            w[j] = bell * bell * bell
        else:
            w[j] = 0.0
        if weights is not None:
            w[j] = weights[j - 1] * w[j]
        total += w[j]
    if total <= 0.0:
        return None
    for j in window:
        w[j] = w[j] / total

    if degree == 1:
        centre = 0.0
        for j in window:
            centre += w[j] * j
        spread = 0.0
        for j in window:
            spread += w[j] * ((j - centre) * (j - centre))
        if math.sqrt(spread) > 0.001 * (m - 1):
            slope = (at - centre) / spread
            for j in window:
                w[j] = w[j] * (slope * (j - centre) + 1.0)

    value = 0.0
    for j in window:
        value += w[j] * y[j - 1]
    return value


def window_of(i: int, m: int, span: int) -> tuple[int, int]:
    """Return the first and last of the `span` points nearest to point i of m, all 1-based (6.1)."""
    if span >= m:
        return 1, m
    half = (span + 1) // 2
    if i < half:
        left = 1
    elif i >= m - half + 1:
        left = m - span + 1
    else:
        left = i - half + 1
    return left, left + span - 1


def smooth(
    y: Sequence[float], span: int, degree: int, jump: int, weights: Sequence[float] | None = None
) -> list[float]:
    """Smooth y: fit every jump-th point and the last one, straight lines between them (6.1)."""
    m = len(y)
    if m < 2:
        return list(y)
    step = min(jump, m - 1)
    grid = list(range(1, m + 1, step))
    if grid[-1] != m:
        grid.append(m)

    at_grid: dict[int, float] = {}
    for i in grid:
        left, right = window_of(i, m, span)
        value = fitted_value(y, span, degree, float(i), left, right, weights)
        at_grid[i] = y[i - 1] if value is None else value

    result = [0.0] * m
    for i, following in pairwise(grid):
        delta = (at_grid[following] - at_grid[i]) / (following - i)
        for j in range(i, following):
            result[j - 1] = at_grid[i] + delta * (j - i)
    for i in grid:
        result[i - 1] = at_grid[i]
    return result
