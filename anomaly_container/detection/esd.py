"""Outlier tests on one series: generalized ESD in one direction, and the robust z-score.

Sources: Rosner, "Percentage Points for a Generalized ESD Many-Outlier Procedure", Technometrics 25 (1983),
with median and MAD beside mean and deviation. The service computes ESD in single precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from anomaly_container.detection.constants import (
    EPSILON,
    ESD_SIGNIFICANCE,
    NORMAL_QUARTILE,
    Z_SCORE_DEVIATIONS,
)
from anomaly_container.detection.types import FloatArray, IntArray

SingleArray: TypeAlias = npt.NDArray[np.float32]

_EPSILON = np.float32(EPSILON)
_QUARTILE = np.float32(NORMAL_QUARTILE)


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A series in the order in which one tail is tested, the most extreme point first.

    Attributes
    ----------
    points : (l,) int64
        Indices into the series; shorter than the series where a majority value cuts the other tail off.
    values : (l,) float64
        The values in that order.
    direction : float
        1 for the upper tail, -1 for the lower.
    """

    points: IntArray
    values: FloatArray
    direction: float


def mad(values: FloatArray) -> float:
    """Return the median absolute deviation as a standard deviation: median|x - median| / Phi^-1(3/4)."""
    return float(np.median(np.abs(values - np.median(values)))) / NORMAL_QUARTILE


def minmax(values: FloatArray) -> FloatArray:
    """Scale a series to [0, 1]; a constant one stays as it is."""
    low, high = values.min(), values.max()
    return values if low == high else (values - low) / (high - low)


def majority_value(ordered: FloatArray) -> float | None:
    """Return the value most points share: the lower median of a series without spread, unless extreme.

    Parameters
    ----------
    ordered : (n,) float64
        Ascending.
    """
    if not np.isclose(mad(ordered), 0.0):
        return None
    middle = ordered[(ordered.size - 1) // 2]
    if np.isclose(middle, ordered[0]) or np.isclose(middle, ordered[-1]):
        return None
    return float(middle)


def tails(values: FloatArray, last_first: bool) -> tuple[Tail, Tail, bool]:
    """Order a series for the upper and the lower test.

    Equal values are ordered by index, so the upper tail has the later one first; in last mode the last
    point comes first among its equals in both.

    Parameters
    ----------
    values : (n,) float64
    last_first : bool
        Whether only the last point is judged.

    Returns
    -------
    upper, lower : Tail
    has_majority : bool
        Whether a majority value cut the tails.
    """
    index = np.arange(values.size)
    ascending = np.argsort(values, kind="stable")
    low_to_high = high_to_low = ascending
    if last_first:
        priority = index.copy()
        priority[-1] = -1
        low_to_high = np.lexsort((priority, values))
        priority[-1] = values.size
        high_to_low = np.lexsort((priority, values))
    high_to_low = high_to_low[::-1]
    majority = majority_value(values[ascending])
    if majority is not None:
        low_to_high = _cut(low_to_high, values, majority)
        high_to_low = _cut(high_to_low, values, majority)
    return (
        Tail(high_to_low, values[high_to_low], 1.0),
        Tail(low_to_high, values[low_to_high], -1.0),
        majority is not None,
    )


def _cut(points: IntArray, values: FloatArray, majority: float) -> IntArray:
    """Drop what comes after the last point that has the majority value."""
    equal = np.flatnonzero(np.abs(values[points] - majority) < EPSILON)
    return points[: equal[-1] + 1] if equal.size else points


def esd_entire(tail: Tail, count: int) -> IntArray:
    """Return the outliers of one tail, most extreme first: all up to the last significant rank.

    Parameters
    ----------
    tail : Tail
    count : int
        Largest number of outliers.
    """
    test = _EsdTest(tail, count)
    for rank in reversed(range(test.ranks)):
        if test.is_outlier(rank):
            return tail.points[: rank + 1]
    return tail.points[:0]


def esd_last(tail: Tail, count: int, last: int) -> IntArray:
    """Return the outliers of one tail up to the first significant rank at or after that of point `last`.

    Parameters
    ----------
    tail : Tail
    count : int
        Largest number of outliers.
    last : int
        Index of the point that is judged; cut off or ranked at `count` or later it makes no outliers.
    """
    position = np.flatnonzero(tail.points == last)
    if position.size == 0 or position[0] >= count:
        return tail.points[:0]
    test = _EsdTest(tail, count)
    for rank in range(int(position[0]), test.ranks):
        if test.is_outlier(rank):
            return tail.points[: rank + 1]
    return tail.points[:0]


class _EsdTest:
    """The test of every rank of one tail, on what remains when the more extreme points are removed."""

    def __init__(self, tail: Tail, count: int) -> None:
        self.ranks = min(count, tail.points.size)
        self._upward = np.float32(tail.direction) * tail.values.astype(np.float32)
        self._critical = critical_values(tail.points.size)[tail.points.size - 1 - np.arange(self.ranks)]
        self._by_median = _median_outliers(self._upward, self.ranks, self._critical)
        self._margin, self._blur = _mean_margins(self._upward, self.ranks, self._critical)

    def is_outlier(self, rank: int) -> bool:
        """Tell whether the most extreme of the points from `rank` on is an outlier."""
        if self._by_median[rank]:
            return True
        if abs(self._margin[rank]) > self._blur[rank]:
            return bool(self._margin[rank] > 0.0)
        rest = self._upward[rank:]
        spread = max(rest.std(), _EPSILON)
        return bool((rest[0] - rest.mean()) / spread > self._critical[rank])


def _median_outliers(upward: SingleArray, ranks: int, critical: SingleArray) -> npt.NDArray[np.bool_]:
    """Tell for each rank whether the point leaves the median of the rest by more than its MAD allows."""
    # Ascending order makes every rest a prefix, and the points nearest to its median a run.
    ordered = upward[::-1]
    size = upward.size - np.arange(ranks)
    median = _middle(ordered, (size - 1) // 2, size // 2)
    deviation = _middle_distance(ordered, size, median) / _QUARTILE
    sigma = np.maximum(deviation, _EPSILON)
    outliers: npt.NDArray[np.bool_] = (upward[:ranks] - median) / sigma > critical
    return outliers


def _middle(ordered: SingleArray, lower: IntArray, upper: IntArray) -> SingleArray:
    """Return the mean of two ranks, exact where they are one."""
    return np.where(lower == upper, ordered[lower], (ordered[lower] + ordered[upper]) / np.float32(2))


def _middle_distance(ordered: SingleArray, size: IntArray, centre: SingleArray) -> SingleArray:
    """Return the median distance from `centre` of the first `size` values, for many sizes at once."""
    lower = _kth_distance(ordered, size, centre, (size - 1) // 2)
    upper = _kth_distance(ordered, size, centre, size // 2)
    return np.where(size % 2 == 1, upper, (lower + upper) / np.float32(2))


def _kth_distance(
    ordered: SingleArray, size: IntArray, centre: SingleArray, rank: IntArray
) -> SingleArray:
    """Return the distance of 0-based `rank` from `centre`: half the best run of rank + 1 neighbours.

    The run [j, j + rank] with the smallest larger end distance is found by bisection over j, since the
    distance of its left end falls with j and that of its right end grows.
    """
    low = np.zeros_like(size)
    high = size - 1 - rank
    while np.any(low < high):
        middle = (low + high) // 2
        far_left = (centre - ordered[middle]) > (ordered[middle + rank] - centre)
        low = np.where((low < high) & far_left, middle + 1, low)
        high = np.where((low < high) & ~far_left, middle, high)
    before = np.maximum(low - 1, 0)
    best = np.maximum(centre - ordered[low], ordered[low + rank] - centre)
    other = np.maximum(centre - ordered[before], ordered[before + rank] - centre)
    return np.minimum(best, other)


def _mean_margins(
    upward: SingleArray, ranks: int, critical: SingleArray
) -> tuple[FloatArray, FloatArray]:
    """Return by how much each point passes the test on mean and deviation, and how far rounding can move that.

    Sums of the rest come from running sums in double precision; what they cannot decide against the
    service's single precision is left to the caller.
    """
    values = upward.astype(np.float64)
    values = values - values.mean()
    size = values.size - np.arange(ranks)
    mean = np.cumsum(values[::-1])[::-1][:ranks] / size
    square = np.cumsum((values * values)[::-1])[::-1][:ranks] / size
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    allowed = critical.astype(np.float64) * np.maximum(deviation, EPSILON)
    blur = 1e-4 * allowed + 1e-5
    return values[:ranks] - mean - allowed, blur


def z_score_outliers(tail: Tail, values: FloatArray, count: int) -> IntArray:
    """Return those of the first `count` points of a tail that leave the median by three scaled MADs.

    Parameters
    ----------
    tail : Tail
    values : (n,) float64
        The whole series, also where the tail is cut.
    count : int
        Largest number of outliers.
    """
    centre, spread = float(np.median(values)), mad(values)
    if spread == 0.0:
        centre, spread = float(values.mean()), float(values.std())
    if spread == 0.0:
        return tail.points[:0]
    far = np.abs(tail.values[:count] - centre) / spread > Z_SCORE_DEVIATIONS
    return tail.points[:count][far]


def critical_values(length: int) -> SingleArray:
    """Return the critical values of the ESD test by what is left after a point is removed: (length,) float32.

    lambda = t r / sqrt((r - 1 + t^2)(r + 1)), where r points are left and t is the quantile of
    Student's t with r - 1 degrees of freedom at 1 - alpha / (r + 1); 0 for r < 2.

    Parameters
    ----------
    length : int
        Largest r, and one.
    """
    return _critical_values(1 << max(length - 1, 1).bit_length())[:length]


@lru_cache(maxsize=16)
def _critical_values(length: int) -> SingleArray:
    """Compute the table for a rounded-up length, so that few tables serve all."""
    left = np.arange(2, length, dtype=np.float64)
    quantile = stdtrit(left - 1.0, 1.0 - ESD_SIGNIFICANCE / (left + 1.0))
    table = np.zeros(length, dtype=np.float32)
    table[2:] = quantile * left / np.sqrt((left - 1.0 + quantile * quantile) * (left + 1.0))
    table.flags.writeable = False
    return table
