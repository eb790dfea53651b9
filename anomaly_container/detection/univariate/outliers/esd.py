"""The generalized ESD test of one tail, in single precision as in the service.

Sources: Rosner, "Percentage Points for a Generalized ESD Many-Outlier Procedure", Technometrics 25 (1983);
median and MAD in addition to mean and deviation: Hochenbaum, Vallis and Kejariwal, "Automatic Anomaly
Detection in the Cloud Via Statistical Learning", arXiv:1704.07706 (2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import mean
from anomaly_container.detection.numeric.robust_scale import NORMAL_QUARTILE
from anomaly_container.detection.univariate import _kernels
from anomaly_container.detection.univariate.constants import (
    EPSILON,
    ESD_ABSOLUTE_BLUR,
    ESD_RELATIVE_BLUR,
)
from anomaly_container.detection.univariate.outliers.critical_values import critical_values

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray, SingleArray
    from anomaly_container.detection.univariate.outliers.tails import Tail

_EPSILON = np.float32(EPSILON)
_QUARTILE = np.float32(NORMAL_QUARTILE)
_LIMITS = (float(_QUARTILE), float(_EPSILON), EPSILON, ESD_RELATIVE_BLUR, ESD_ABSOLUTE_BLUR)


def esd_entire(tail: Tail, count: int) -> IntArray:
    """Return the outliers of one tail up to the last significant rank, most extreme first.

    Parameters
    ----------
    tail : Tail
    count : int
        Largest number of outliers.
    """
    test = _EsdTest(tail, count)
    return tail.points[: test.first_outlier(test.possible[::-1]) + 1]


def esd_last(tail: Tail, count: int, last: int) -> IntArray:
    """Return the outliers of one tail up to the first significant rank at or after that of point `last`.

    Parameters
    ----------
    tail : Tail
    count : int
        Largest number of outliers.
    last : int
        Index of the point under test. If it was cut off or its rank is at least `count`, nothing is returned.
    """
    position = np.flatnonzero(tail.points == last)
    if position.size == 0 or position[0] >= count:
        return tail.points[:0]
    test = _EsdTest(tail, count)
    return tail.points[: test.first_outlier(test.possible[test.possible >= position[0]]) + 1]


class _EsdTest:
    """The test of every rank of one tail, on the points that remain after the more extreme ones are removed.

    Attributes
    ----------
    possible : (k,) int64
        Ranks that are outliers, and those that need the exact single-precision test.
    """

    def __init__(self, tail: Tail, count: int) -> None:
        ranks = min(count, tail.points.size)
        self._upward = np.float32(tail.direction) * tail.values.astype(np.float32)
        self._critical = np.ascontiguousarray(
            critical_values(tail.points.size)[tail.points.size - ranks :][::-1]
        )
        self._by_median, self._margin, self._blur = _test_ranks(self._upward, self._critical)
        self.possible: IntArray = np.flatnonzero(self._by_median | (self._margin > -self._blur))

    def first_outlier(self, ranks: IntArray) -> int:
        """Return the first of some possible ranks at which the most extreme point is an outlier, or -1."""
        if not ranks.size:
            return -1
        if _kernels.compiled is None:
            return next(filter(self._is_outlier, ranks.tolist()), -1)
        found: int = _kernels.compiled.first_outlier(
            self._upward,
            self._critical,
            self._by_median,
            self._margin,
            self._blur,
            np.ascontiguousarray(ranks),
            _EPSILON,
        )
        return found

    def _is_outlier(self, rank: int) -> bool:
        if self._by_median[rank]:
            return True
        if abs(self._margin[rank]) > self._blur[rank]:
            return bool(self._margin[rank] > 0.0)
        rest = self._upward[rank:]
        # What `mean` and `std` compute, without what those ask of every array.
        centre = np.add.reduce(rest) / rest.size
        distance = rest - centre
        spread = max(np.sqrt(np.add.reduce(distance * distance) / rest.size), _EPSILON)
        return bool(distance[0] / spread > self._critical[rank])


def _test_ranks(upward: SingleArray, critical: SingleArray) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return which of the first ranks are outliers by median, and their margins by mean with error bounds."""
    centre = mean(upward.astype(np.float64))
    if _kernels.compiled is None:
        return (_median_outliers(upward, critical), *_mean_margins(upward, critical, centre))
    by_median = np.empty(critical.size, dtype=np.bool_)
    margin, blur = np.empty((2, critical.size))
    _kernels.compiled.esd(upward, np.ascontiguousarray(critical), centre, _LIMITS, by_median, margin, blur)
    return by_median, margin, blur


def _median_outliers(upward: SingleArray, critical: SingleArray) -> BoolArray:
    """Return for each rank whether its distance from the median, in MADs of the rest, is significant."""
    # In ascending order, each rest is a prefix, and the points nearest to its median are contiguous.
    ordered = upward[::-1]
    size = upward.size - np.arange(critical.size)
    median = _middle(ordered, (size - 1) // 2, size // 2)
    deviation = _middle_distance(ordered, size, median) / _QUARTILE
    sigma = np.maximum(deviation, _EPSILON)
    outliers: BoolArray = (upward[: critical.size] - median) / sigma > critical
    return outliers


def _middle(ordered: SingleArray, lower: IntArray, upper: IntArray) -> SingleArray:
    """Return the mean of two ranks; exact if they are equal."""
    return np.where(lower == upper, ordered[lower], (ordered[lower] + ordered[upper]) / np.float32(2))


def _middle_distance(ordered: SingleArray, size: IntArray, centre: SingleArray) -> SingleArray:
    """Return the median distance from `centre` of the first `size` values, for sizes that decrease by one."""
    lower = _kth_distance(ordered, size, centre, (size - 1) // 2)
    upper = _kth_distance(ordered, size, centre, size // 2)
    return np.where(size % 2 == 1, upper, (lower + upper) / np.float32(2))


def _kth_distance(ordered: SingleArray, size: IntArray, centre: SingleArray, rank: IntArray) -> SingleArray:
    """Return the distance of a 0-based rank from `centre`: the reach of the best run of rank + 1 points.

    The run [j, j + rank] that minimises the larger distance of its two ends is found by bisection over j:
    with j, the distance of the left end decreases and that of the right end increases.
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
    nearest: SingleArray = np.minimum(best, other)
    return nearest


def _mean_margins(upward: SingleArray, critical: SingleArray, middle: float) -> tuple[FloatArray, FloatArray]:
    """Return the margin by which each point passes the test on mean and deviation, and its error bound.

    Running sums in double precision, about the overall mean, give the sums of the rest. Margins within the
    error bound of the service's single precision are left to the caller.
    """
    ranks = critical.size
    values = upward.astype(np.float64) - middle
    size = values.size - np.arange(ranks)
    centre = np.cumsum(values[::-1])[::-1][:ranks] / size
    square = np.cumsum((values * values)[::-1])[::-1][:ranks] / size
    deviation = np.sqrt(np.maximum(square - centre * centre, 0.0))
    allowed = critical.astype(np.float64) * np.maximum(deviation, EPSILON)
    blur = ESD_RELATIVE_BLUR * allowed + ESD_ABSOLUTE_BLUR
    return values[:ranks] - centre - allowed, blur
