"""Scales of a series: its range, its median and its median absolute deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.constants import NORMAL_QUARTILE

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def median(values: FloatArray) -> float:
    """Return the median of finite values, in a fraction of the time of numpy's for short series."""
    upper = values.size // 2
    if values.size % 2:
        return float(np.partition(values, upper)[upper])
    parted = np.partition(values, (upper - 1, upper))
    return float((parted[upper - 1] + parted[upper]) / 2.0)


def mad(values: FloatArray, centre: float | None = None) -> float:
    """Return the median absolute deviation as a standard deviation: median|x - median| / Phi^-1(3/4).

    Parameters
    ----------
    values : (n,) float64
    centre : float, optional
        Their median, where it is known.
    """
    return median(np.abs(values - (median(values) if centre is None else centre))) / NORMAL_QUARTILE


def minmax(values: FloatArray) -> FloatArray:
    """Scale a series to [0, 1]; a constant one becomes zeros."""
    low, high = values.min(), values.max()
    return np.zeros_like(values) if low == high else (values - low) / (high - low)
