"""Which points stand out of a series, by three tests and a vote (algorithm.md 6.5, 6.6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8
NORMAL_QUARTILE = np.float32(0.6744898)
ALPHA = float(np.float32(0.05))


def min_max_normalised(x: Sequence[float]) -> list[float]:
    """Scale to [0, 1] unless all values are equal (5, helpers)."""
    low, high = min(x), max(x)
    if low == high:
        return list(x)
    return [(value - low) / (high - low) for value in x]


def median_absolute_deviation(x: Sequence[float]) -> float:
    """Return median|x - median| / Phi^-1(3/4) (section 4)."""
    centre = float(np.median(x))
    return float(np.median([abs(value - centre) for value in x]) / stats.norm.ppf(0.75))


def critical_value(remaining: int) -> float:
    """Return lambda of the generalised ESD test when L - i points remain beside the tested one (6.5)."""
    if remaining <= 1:
        return 0.0
    t = float(stats.t.ppf(1.0 - ALPHA / (remaining + 1), remaining - 1))
    return t * remaining / math.sqrt((remaining - 1 + t * t) * (remaining + 1))


def majority_value(ordered: Sequence[float]) -> float | None:
    """Return the value most points of an ascending series share, unless it is an extreme of it (6.5)."""
    if not np.isclose(median_absolute_deviation(ordered), 0.0):
        return None
    value = ordered[(len(ordered) - 1) // 2]
    if np.isclose(value, ordered[0]) or np.isclose(value, ordered[-1]):
        return None
    return value


def extremes_first(series: Sequence[float], upper: bool, last_mode: bool) -> list[int]:
    """Return indices from the most extreme value inwards; ties by the rule of 6.6."""
    order = sorted(range(len(series)), key=lambda i: (series[i], i))
    if upper:
        order.reverse()
    if last_mode:
        last = len(series) - 1
        order.remove(last)
        place = next((k for k, i in enumerate(order) if series[i] == series[last]), None)
        if place is None:
            beyond = [
                k
                for k, i in enumerate(order)
                if (series[i] > series[last] if upper else series[i] < series[last])
            ]
            place = len(beyond)
        order.insert(place, last)
    return order


def is_extreme(remaining: list[np.float32], upper: bool, limit: np.float32) -> bool:
    """Test the first of the remaining points against their median, then against their mean (6.5)."""
    s = np.array(remaining, dtype=np.float32)
    sign = np.float32(1.0 if upper else -1.0)
    floor = np.float32(EPS)

    centre = np.median(s)
    sigma = max(np.float32(np.median(np.abs(s - centre)) / NORMAL_QUARTILE), floor)
    if sign * (s[0] - centre) / sigma > limit:
        return True
    mean = np.mean(s)
    sigma = max(np.float32(np.std(s)), floor)
    return bool(sign * (s[0] - mean) / sigma > limit)


def gesd(series: Sequence[float], k: int, upper: bool, last_mode: bool) -> list[int]:
    """Return the indices one tail of the generalised ESD test rejects, most extreme first (6.5)."""
    order = extremes_first(series, upper, last_mode)
    majority = majority_value(sorted(series))
    if majority is not None:
        end = max(place for place, i in enumerate(order) if abs(series[i] - majority) < EPS)
        order = order[: end + 1]
    ordered = [np.float32(series[i]) for i in order]
    length = len(order)

    start = 0
    if last_mode:
        if len(series) - 1 not in order:
            return []
        start = order.index(len(series) - 1)
    rejected = -1
    for rank in range(start, k):
        limit = np.float32(critical_value(length - (rank + 1)))
        if rank < length and is_extreme(ordered[rank:], upper, limit):
            rejected = rank
            if last_mode:
                break
    return order[: rejected + 1]


def zscore(series: Sequence[float], k: int, upper: bool, last_mode: bool) -> list[int]:
    """Return those of the first k points more than three robust deviations from the median (6.5)."""
    centre = float(np.median(series))
    scale = median_absolute_deviation(series)
    if scale == 0.0:
        centre = float(np.mean(series))
        scale = float(np.std(series))
    if scale == 0.0:
        return []
    order = extremes_first(series, upper, last_mode)
    return [i for i in order[:k] if abs(series[i] - centre) / scale > 3.0]


def vote(lists: Sequence[Sequence[int]], k: int, n: int) -> list[int]:
    """Merge the ranked lists of the detectors of one direction and keep the first k (6.6)."""
    score: dict[int, int] = {}
    for detector, found in enumerate(lists):
        for rank, index in enumerate(found):
            if index in score:
                score[index] += rank
            else:
                score[index] = rank + detector * n
    return sorted(score, key=lambda index: score[index])[:k]
