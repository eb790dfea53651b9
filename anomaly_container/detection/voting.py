"""How the verdicts of several outlier tests become one set of anomalies."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.esd import esd_entire, esd_last
from anomaly_container.detection.scaling import minmax
from anomaly_container.detection.tails import tails
from anomaly_container.detection.z_score import centre_and_spread, z_score_outliers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.types import BoolArray, FloatArray, IntArray


def anomaly_budget(size: int, ratio: float) -> int:
    """Return how many points of one tail may be anomalies."""
    return min(max(ceil(size * ratio), 1), size // 2 - 1)


def vote(
    esd_then_z: FloatArray, esd_only: Sequence[FloatArray], ratio: float, last_only: bool
) -> tuple[BoolArray, bool]:
    """Test a series by ESD and z-score, and others by ESD alone, and join the outliers of both tails.

    Parameters
    ----------
    esd_then_z : (n,) float64
    esd_only : sequence of (n,) float64
    ratio : float
        Largest share of points of one tail.
    last_only : bool
        Whether ESD judges the last point alone.

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
        scaled = minmax(series)
        upper, lower, cut = tails(scaled)
        has_majority |= cut
        scale = centre_and_spread(scaled) if number == 0 else None
        for lists, tail in zip(ranked, (upper, lower), strict=True):
            lists.append(esd_last(tail, count, size - 1) if last_only else esd_entire(tail, count))
            if scale is not None:
                lists.append(z_score_outliers(tail, scale, count))
    anomalies = np.zeros(size, dtype=np.bool_)
    for lists in ranked:
        anomalies[best_ranked(lists, size)[:count]] = True
    return anomalies, has_majority


def best_ranked(lists: Sequence[IntArray], size: int) -> IntArray:
    """Order the points of several ranked lists by their joint rank.

    A point's score is the sum of its ranks, and `size` times the number of the first list that holds it;
    equal scores keep the order of first appearance.

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
    # Of several assignments the last one stays: backwards that is the first appearance.
    first[points[::-1]] = np.arange(points.size)[::-1]
    known = np.flatnonzero(first >= 0)
    first = first[known]
    score = np.bincount(points, weights=rank, minlength=size)[known] + number[first] * size
    ordered: IntArray = known[np.lexsort((first, score))]
    return ordered
