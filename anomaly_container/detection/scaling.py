"""Scales of a series: its range and its median absolute deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.constants import NORMAL_QUARTILE

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def mad(values: FloatArray) -> float:
    """Return the median absolute deviation as a standard deviation: median|x - median| / Phi^-1(3/4)."""
    return float(np.median(np.abs(values - np.median(values)))) / NORMAL_QUARTILE


def minmax(values: FloatArray) -> FloatArray:
    """Scale a series to [0, 1]; a constant one becomes zeros."""
    low, high = values.min(), values.max()
    return np.zeros_like(values) if low == high else (values - low) / (high - low)
