"""Mean and variance of a vector: numpy's operations without the overhead of its methods."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def mean(values: FloatArray) -> float:
    """Return the mean.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return float(np.add.reduce(values)) / values.size


def centred(values: FloatArray) -> FloatArray:
    """Return the difference of each value from the mean: (n,) float64.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return values - mean(values)


def variance(values: FloatArray) -> float:
    """Return the mean squared distance from the mean.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return _mean_square(centred(values))


def deviation(values: FloatArray) -> float:
    """Return the standard deviation: the root of `variance`.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    return sqrt(variance(values))


def centred_with_deviation(values: FloatArray) -> tuple[FloatArray, float]:
    """Return the difference of each value from the mean, (n,) float64, and the standard deviation.

    Parameters
    ----------
    values : (n,) float64
        n >= 1.
    """
    distance = centred(values)
    return distance, sqrt(_mean_square(distance))


def inner_product(values: FloatArray, others: FloatArray) -> float:
    """Return the sum of the products, added in the same order on every processor, unlike by BLAS.

    Parameters
    ----------
    values, others : (n,) float64
    """
    return float(np.add.reduce(values * others))


def _mean_square(values: FloatArray) -> float:
    return mean(values * values)
