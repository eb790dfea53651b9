"""Combination of several outlier tests into one set of anomalies."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.robust_scale import minmax
from anomaly_container.detection.univariate.outliers.esd import esd_entire, esd_last
from anomaly_container.detection.univariate.outliers.introsort import introsort
from anomaly_container.detection.univariate.outliers.tails import tails
from anomaly_container.detection.univariate.outliers.z_score import centre_and_spread, z_score_outliers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray
    from anomaly_container.detection.univariate.outliers.tails import Tail


def anomaly_budget(size: int, ratio: float) -> int:
    """Return the largest number of anomalies in one tail."""
    return min(max(ceil(size * ratio), 1), size // 2 - 1)


def vote(
    esd_then_z: FloatArray, esd_only: Sequence[FloatArray], ratio: float, last_only: bool
) -> tuple[BoolArray, bool]:
    """Test one series by ESD and z-score and others by ESD only, and combine the outliers of both tails.

    Parameters
    ----------
    esd_then_z : (n,) float64
    esd_only : sequence of (n,) float64
    ratio : float
        Largest share of points of one tail.
    last_only : bool
        Whether ESD tests only the last point.

    Returns
    -------
    anomalies : (n,) bool
    has_majority : bool
        Whether one of the series has a majority value.
    """
    size = esd_then_z.size
    count = anomaly_budget(size, ratio)
    ranked: tuple[list[IntArray], list[IntArray]] = ([], [])
    has_majority = False
    for number, series in enumerate((esd_then_z, *esd_only)):
        found, cut = _outliers(minmax(series), count, last_only, with_z=number == 0)
        has_majority |= cut
        for lists, more in zip(ranked, found, strict=True):
            lists.extend(more)
    anomalies = np.zeros(size, dtype=np.bool_)
    for lists in ranked:
        anomalies[best_ranked(lists, size)[:count]] = True
    return anomalies, has_majority


def _outliers(
    scaled: FloatArray, count: int, last_only: bool, *, with_z: bool
) -> tuple[list[list[IntArray]], bool]:
    """Return the outliers of the upper and the lower tail by each test, and whether a majority cut them."""
    is_settled = last_only and bool((scaled[:-1] == scaled[-1]).any())
    upper, lower, cut = tails(scaled, introsort(scaled) if is_settled else np.argsort(scaled))
    scale = centre_and_spread(scaled) if with_z else None
    found = []
    for tail in (upper, lower):
        lists = [esd_last(tail, count, scaled.size - 1) if last_only else esd_entire(tail, count)]
        if scale is not None:
            lists.append(z_score_outliers(tail, scale, count))
        found.append(lists)
    if is_settled or not any(map(_has_equals, (upper, lower), found)):
        return found, cut
    # Each list is the beginning of its tail; how many points it has does not depend on the order of equals.
    settled = tails(scaled, introsort(scaled))[:2]
    return [[tail.points[: of.size] for of in lists] for tail, lists in zip(settled, found, strict=True)], cut


def _has_equals(tail: Tail, lists: Sequence[IntArray]) -> bool:
    """Return whether equal values could change places in a list, or with the next one of the tail."""
    longest = max(found.size for found in lists)
    ahead = tail.values[: longest + 1]
    return longest > 0 and bool((ahead[1:] == ahead[:-1]).any())


def best_ranked(lists: Sequence[IntArray], size: int) -> IntArray:
    """Order the points of several ranked lists by their joint rank.

    A point's score is the sum of its ranks plus `size` times the index of the first list that contains it.
    Equal scores keep the order of first appearance.

    Parameters
    ----------
    lists : sequence of (k,) int64
        Points, best first.
    size : int
        Number of points of the series.
    """
    filled = [found for found in lists if found.size]
    if len(filled) < 2:
        return filled[0] if filled else lists[0]
    points = np.concatenate(lists)
    rank = np.concatenate([np.arange(found.size) for found in lists])
    number = np.repeat(np.arange(len(lists)), [found.size for found in lists])
    first = np.full(size, -1)
    # The last of several assignments wins; in reverse order, that is the first appearance.
    first[points[::-1]] = np.arange(points.size)[::-1]
    known = np.flatnonzero(first >= 0)
    first = first[known]
    score = np.bincount(points, weights=rank, minlength=size)[known] + number[first] * size
    ordered: IntArray = known[np.lexsort((first, score))]
    return ordered
