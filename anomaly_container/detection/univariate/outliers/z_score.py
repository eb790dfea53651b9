"""The robust z-score test of one tail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import deviation, mean
from anomaly_container.detection.numeric.robust_scale import mad, median
from anomaly_container.detection.univariate.constants import Z_SCORE_DEVIATIONS

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.detection.univariate.outliers.tails import Tail


def centre_and_spread(values: FloatArray) -> tuple[float, float]:
    """Return median and scaled MAD of a series, or mean and standard deviation if the MAD is 0.

    Parameters
    ----------
    values : (n,) float64
    """
    centre = median(values)
    spread = mad(values, centre)
    return (centre, spread) if spread > 0.0 else (mean(values), deviation(values))


def z_score_outliers(tail: Tail, scale: tuple[float, float], count: int) -> IntArray:
    """Return the points among the first `count` of a tail that are more than three spreads from the centre.

    Parameters
    ----------
    tail : Tail
    scale : (float, float)
        Centre and spread of the whole series, even if the tail is cut.
    count : int
        Largest number of outliers.
    """
    centre, spread = scale
    if spread == 0.0:
        return tail.points[:0]
    # A ratio that overflows, because the spread is tiny, is an outlier too.
    with np.errstate(over="ignore"):
        far = np.abs(tail.values[:count] - centre) / spread > Z_SCORE_DEVIATIONS
    return tail.points[:count][far]
