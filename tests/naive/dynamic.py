"""The dynamic-threshold detector (algorithm.md section 7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.naive.esd import gesd, majority_value, min_max_normalised, vote, zscore
from tests.naive.period import interpolated
from tests.naive.trend import spline_trend

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class DynamicResult:
    """Flags, expectations and the model id of one run."""

    flagged: set[int]
    expected: list[float]
    model_id: int


def most_anomalies(n: int, ratio: float) -> int:
    """Return K, the number of points one direction may flag (6.5)."""
    return min(max(math.ceil(n * ratio), 1), n // 2 - 1)


def dynamic_threshold(x: Sequence[float], period: int, ratio: float, last_mode: bool) -> DynamicResult:
    """Flag what stands out of the distribution; expect the smooth trend (section 7)."""
    n = len(x)
    k = most_anomalies(n, ratio)
    y = min_max_normalised(x)
    anomalies: set[int] = set()
    for upper in (True, False):
        lists = [gesd(y, k, upper, last_mode), zscore(y, k, upper)]
        anomalies.update(vote(lists, k, n))
    expected = spline_trend(x, period)
    if anomalies:
        cleaned = interpolated(x, [i for i in range(n) if i not in anomalies])
        expected = spline_trend(cleaned, None)
    model_id = 40 if majority_value(sorted(y)) is None else 41
    return DynamicResult(anomalies, expected, model_id)
