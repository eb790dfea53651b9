"""The robust z-score test of one tail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.constants import Z_SCORE_DEVIATIONS
from anomaly_container.detection.scaling import mad

if TYPE_CHECKING:
    from anomaly_container.detection.tails import Tail
    from anomaly_container.detection.types import FloatArray, IntArray


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
    # A distance that overflows against a tiny spread is far all the same.
    with np.errstate(over="ignore"):
        far = np.abs(tail.values[:count] - centre) / spread > Z_SCORE_DEVIATIONS
    return tail.points[:count][far]
