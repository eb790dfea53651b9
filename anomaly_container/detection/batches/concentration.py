"""Moments of the rows that belong together, from a sample that may contain others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.comoments import CoMoments
from anomaly_container.detection.batches.gaps import medians
from anomaly_container.detection.batches.mahalanobis import FARTHEST, Metric, normal_score
from anomaly_container.detection.numeric.robust_scale import column_medians, median

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

_STEPS = 6
_KEPT = 0.75
_NEAR: Final = 4.0


def concentrate(values: FloatArray) -> CoMoments:
    """Return the moments of the rows of a sample without those that lie apart.

    Rows are first ranked by their distance from the medians in median absolute deviations. Six times then
    mean and covariance of the nearest 75 % rank all rows anew. Distances are scaled so that their median
    is that of a chi-square, and the rows whose normal score is at most 4 are kept.

    Source: the concentration step of Rousseeuw and Van Driessen, "A Fast Algorithm for the Minimum
    Covariance Determinant Estimator", Technometrics 41 (1999).

    Parameters
    ----------
    values : (C, n) float64
        NaN is a gap, and counts as the median of its column.

    Returns
    -------
    CoMoments

    Examples
    --------
    >>> ramp = np.arange(40.0)
    >>> sample = np.array([ramp, ramp % 7.0])
    >>> sample[:, 0] = [39.0, 60.0]
    >>> concentrate(sample).count
    39.0
    """
    gaps = np.isnan(values)
    centre = np.nan_to_num(medians(values), copy=False)
    filled = np.where(gaps, centre[:, None], values)
    squares = _first_distances(filled, centre)
    kept = max(1, int(_KEPT * values.shape[1]))
    columns = 0
    for _ in range(_STEPS):
        nearest = np.argsort(squares, kind="stable")[:kept]
        metric = Metric.of(CoMoments.of(filled[:, nearest], centre))
        columns = metric.columns.size
        squares = metric.squared(filled)
    if not columns:
        return CoMoments.of(filled, centre)
    middle = median(squares)
    if middle > 0.0:
        squares *= columns * (1.0 - 2.0 / (9.0 * columns)) ** 3 / middle
    return CoMoments.of(filled[:, normal_score(squares, columns) <= _NEAR], centre)


def _first_distances(filled: FloatArray, centre: FloatArray) -> FloatArray:
    distance = np.abs(filled - centre[:, None])
    scale = column_medians(distance.T)
    scale = np.where(scale > 0.0, scale, np.std(distance, axis=1))
    with np.errstate(over="ignore"):
        distance /= np.where(scale > 0.0, scale, 1.0)[:, None]
    np.minimum(distance, FARTHEST, out=distance)
    squares: FloatArray = np.einsum("in,in->n", distance, distance)
    return squares
