"""A second look at the differenced series where the series itself is not stationary (algorithm.md 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.naive.univariate.stationarity import difference1, difference2, is_stationary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass
class Detection:
    """What a detector says about every point of the filled series."""

    flagged: set[int]
    scores: list[float]
    expected: list[float]
    trend: list[float]
    model_id: int
    level: int = 0


def stationary_level(x: Sequence[float]) -> int:
    """Return how often to difference until stationary; 0 also where two times do not help (9)."""
    for level, series in enumerate((x, difference1(x), difference2(x))):
        if is_stationary(series):
            return level
    return 0


def summed_again(f: Sequence[float], x: Sequence[float]) -> list[float]:
    """Return h with h_0 = h_1 = x_1 - x_0 and h_k = h_(k-1) + f_k (9, level 2)."""
    h = [x[1] - x[0], x[1] - x[0]]
    for k in range(2, len(f)):
        h.append(h[k - 1] + f[k])
    return h


def delta_merge(
    run: Callable[[Sequence[float], float], Detection], x: Sequence[float], first: Detection, ratio: float
) -> Detection:
    """Add what the same detector finds in the differences, expectations carried back (9)."""
    n = len(x)
    level = stationary_level(x)
    budget = max(int(n * ratio), 1) - len(first.flagged)
    if level == 0 or budget <= 0:
        return first
    differenced = difference1(x) if level == 1 else difference2(x)
    second = run(differenced, budget / n)
    steps = second.expected if level == 1 else summed_again(second.expected, x)
    trend_steps = second.trend if level == 1 else summed_again(second.trend, x)
    merged = Detection(
        set(first.flagged),
        list(first.scores),
        list(first.expected),
        list(first.trend),
        first.model_id,
        level,
    )
    for p in second.flagged - first.flagged:
        merged.flagged.add(p)
        merged.scores[p] = second.scores[p]
        if p > 0:
            merged.expected[p] = first.expected[p - 1] + steps[p]
            merged.trend[p] = first.trend[p - 1] + trend_steps[p]
    return merged
