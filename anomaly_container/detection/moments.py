"""Mean and variance of a vector: the operations of numpy's methods, without what those ask of every array."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def mean(values: FloatArray) -> float:
    """Return the mean.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return float(np.add.reduce(values)) / values.size


def variance(values: FloatArray) -> float:
    """Return the mean squared distance from the mean.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    distance = values - mean(values)
    distance *= distance
    return mean(distance)


def deviation(values: FloatArray) -> float:
    """Return the standard deviation: the root of `variance`.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return sqrt(variance(values))
