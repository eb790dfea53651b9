"""Linear interpolation over marked points and spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import centred_with_deviation
from anomaly_container.detection.univariate.constants import DESPIKE_DEVIATIONS, EPSILON

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray


def bridge(values: FloatArray, marked: BoolArray) -> FloatArray:
    """Interpolate marked points linearly; at the ends, the nearest unmarked value is repeated.

    Parameters
    ----------
    values : (n,) float64
    marked : (n,) bool
        If all are marked, the values are returned unchanged.
    """
    if marked.all():
        return values
    bridged = values.copy()
    slots = np.flatnonzero(marked)
    if slots.size:
        known = np.flatnonzero(~marked)
        bridged[slots] = np.interp(slots, known, values[known])
    return bridged


def despike(values: FloatArray) -> FloatArray:
    """Interpolate points at least three standard deviations from the mean linearly.

    Parameters
    ----------
    values : (n,) float64
    """
    distance, deviation = centred_with_deviation(values)
    far = np.abs(distance) / (deviation + EPSILON) >= DESPIKE_DEVIATIONS
    return bridge(values, far)
