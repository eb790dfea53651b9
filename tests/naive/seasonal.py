"""The seasonal detector (algorithm.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.naive.decomposition import decompose_entire, decompose_last
from tests.naive.dynamic import most_anomalies
from tests.naive.esd import gesd, majority_value, min_max_normalised, vote, zscore
from tests.naive.period import interpolated

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class SeasonalResult:
    """Flags, trend, expectations and the model id."""

    flagged: set[int]
    trend: list[float]
    expected: list[float]
    model_id: int


def seasonal_anomalies(
    q: Sequence[float], remainder: Sequence[float], ratio: float, last_mode: bool
) -> tuple[set[int], int]:
    """Return the anomalies voted by the three tests of both tails, and the model id (6.5, 6.6)."""
    n = len(q)
    k = most_anomalies(n, max(ratio, 1.0 / n))
    q_unit, r_unit = min_max_normalised(q), min_max_normalised(remainder)
    anomalies: set[int] = set()
    for upper in (True, False):
        lists = [
            gesd(q_unit, k, upper, last_mode),
            zscore(q_unit, k, upper),
            gesd(r_unit, k, upper, last_mode),
        ]
        anomalies.update(vote(lists, k, n))
    majorities = [majority_value(sorted(q_unit)), majority_value(sorted(r_unit))]
    return anomalies, 10 if majorities == [None, None] else 11


def trend_without(anomalies: set[int], trend: Sequence[float], period: int) -> list[float]:
    """Redraw the trend at the anomalies, and its whole tail where half of that is anomalous (6.7)."""
    n = len(trend)
    missing = set(anomalies)
    tail = period // 2
    if sum(i >= n - tail for i in anomalies) >= 0.5 * tail:
        missing.update(range(n - tail, n))
    return interpolated(trend, [i for i in range(n) if i not in missing])


def seasonal(x: Sequence[float], period: int, ratio: float, last_mode: bool, stl_rule: str) -> SeasonalResult:
    """Decompose, test, and expect trend plus season (section 6)."""
    decompose = decompose_last if last_mode else decompose_entire
    trend, season, _ = decompose(x, period, stl_rule)
    q = [value - s for value, s in zip(x, season, strict=True)]
    remainder = [value - t for value, t in zip(q, trend, strict=True)]
    anomalies, model_id = seasonal_anomalies(q, remainder, ratio, last_mode)
    if anomalies:
        trend = trend_without(anomalies, trend, period)
    return SeasonalResult(anomalies, trend, [t + s for t, s in zip(trend, season, strict=True)], model_id)
