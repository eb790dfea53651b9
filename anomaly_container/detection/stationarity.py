"""Whether a series keeps its level, by two tests, and the differences that make one that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.constants import (
    KPSS_BANDWIDTH_FACTOR,
    KPSS_CRITICAL,
    STATIONARITY_SIGNIFICANCE,
)
from anomaly_container.detection.dickey_fuller import adf_statistic, dickey_fuller_p

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def is_stationary(values: FloatArray) -> bool:
    """Tell whether ADF rejects a unit root or KPSS does not reject stationarity.

    Parameters
    ----------
    values : (n,) float64
        n >= 12.
    """
    return kpss_statistic(values) <= KPSS_CRITICAL or _has_no_unit_root(values)


def _has_no_unit_root(values: FloatArray) -> bool:
    """Apply the ADF test; the service takes a series on which it fails as stationary."""
    statistic = adf_statistic(values)
    return bool(np.isnan(statistic)) or dickey_fuller_p(statistic) < STATIONARITY_SIGNIFICANCE


def difference(values: FloatArray, order: int) -> FloatArray:
    """Return the difference of a series, padded at its start to the same length.

    Parameters
    ----------
    values : (n,) float64
    order : int
        1: d_0, d_0, d_1, ...; 2: the differences d' of that, as d'_1, d'_1, d'_1, d'_2, ...
    """
    first = np.diff(values, prepend=2.0 * values[0] - values[1])
    first[0] = first[1]
    if order == 1:
        return first
    second = np.diff(first, prepend=first[0])
    second[:2] = second[2]
    return second


def kpss_statistic(values: FloatArray) -> float:
    """Return the KPSS statistic of level stationarity, 0 where it is not defined (a constant series).

    Sources: Kwiatkowski, Phillips, Schmidt and Shin, Journal of Econometrics 54 (1992); bandwidth of the
    Bartlett kernel by Hobijn, Franses and Ooms, Statistica Neerlandica 58 (2004).

    Parameters
    ----------
    values : (n,) float64
    """
    size = values.size
    rest = values - values.mean()
    covariance = np.array([rest[lag:] @ rest[: size - lag] for lag in range(int(size ** (2 / 9)) + 1)]) / size
    if covariance[0] <= 0.0 or np.ptp(values) == 0.0:
        return 0.0
    s0 = covariance[0] + 2.0 * covariance[1:].sum()
    s1 = 2.0 * (np.arange(1, covariance.size) * covariance[1:]).sum()
    if s0 == 0.0:
        return 0.0
    with np.errstate(over="ignore"):
        ratio = abs(s1 / s0)
    bandwidth = int(min(KPSS_BANDWIDTH_FACTOR * ratio ** (2 / 3) * size ** (1 / 3), size - 1))
    variance = covariance[0]
    for lag in range(1, bandwidth + 1):
        weight = 1.0 - lag / (bandwidth + 1)
        variance += 2.0 * weight * float(rest[lag:] @ rest[: size - lag]) / size
    sums = np.cumsum(rest)
    return float(sums @ sums / (size * size * variance))
