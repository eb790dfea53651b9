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


def exchange(t: list[int], a: int, b: int) -> None:
    """Exchange two entries of a list."""
    t[a], t[b] = t[b], t[a]


def sift(t: list[int], v: Sequence[float], root: int, size: int) -> None:
    """Let the first entry of a 1-based heap sink below strictly larger children (15 A)."""
    entry = t[root - 1]
    while 2 * root <= size:
        child = 2 * root
        if child < size and v[t[child]] > v[t[child - 1]]:
            child += 1
        if not v[t[child - 1]] > v[entry]:
            break
        t[root - 1] = t[child - 1]
        root = child
    t[root - 1] = entry


def heap_sorted(t: list[int], v: Sequence[float]) -> list[int]:
    """Sort by a binary max-heap built from the middle downwards (15 A)."""
    for root in range(len(t) // 2, 0, -1):
        sift(t, v, root, len(t))
    for size in range(len(t) - 1, 0, -1):
        exchange(t, 0, size)
        sift(t, v, 1, size)
    return t


def ascending(v: Sequence[float]) -> list[int]:
    """Return the indices in the service's ascending order, equal values included (15 A)."""
    t = list(range(len(v)))
    stack = [(0, len(v) - 1, 2 * math.floor(math.log2(len(v))))]
    while stack:
        lo, hi, d = stack.pop()
        if d < 0:
            t[lo : hi + 1] = heap_sorted(t[lo : hi + 1], v)
            continue
        while hi - lo > 15:
            m = lo + (hi - lo) // 2
            for a, b in ((m, lo), (hi, m), (m, lo)):
                if v[t[a]] < v[t[b]]:
                    exchange(t, a, b)
            pivot = v[t[m]]
            exchange(t, m, hi - 1)
            i, j = lo, hi - 1
            while True:
                i = next(k for k in range(i + 1, hi) if v[t[k]] >= pivot)
                j = next(k for k in range(j - 1, lo - 1, -1) if v[t[k]] <= pivot)
                if i >= j:
                    break
                exchange(t, i, j)
            exchange(t, i, hi - 1)
            d -= 1
            if (i - 1) - lo >= hi - (i + 1):
                stack.append((lo, i - 1, d))
                lo = i + 1
            else:
                stack.append((i + 1, hi, d))
                hi = i - 1
        for k in range(lo + 1, hi + 1):
            place = k
            while place > lo and v[t[place - 1]] > v[t[place]]:
                exchange(t, place - 1, place)
                place -= 1
    return t


def extremes_first(series: Sequence[float], upper: bool) -> list[int]:
    """Return indices from the most extreme value inwards: the upper tail reads one order backwards (15 A)."""
    order = ascending(series)
    return order[::-1] if upper else order


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
    order = extremes_first(series, upper)
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


def zscore(series: Sequence[float], k: int, upper: bool) -> list[int]:
    """Return those of the first k points more than three robust deviations from the median (6.5)."""
    centre = float(np.median(series))
    scale = median_absolute_deviation(series)
    if scale == 0.0:
        centre = float(np.mean(series))
        scale = float(np.std(series))
    if scale == 0.0:
        return []
    order = extremes_first(series, upper)
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
