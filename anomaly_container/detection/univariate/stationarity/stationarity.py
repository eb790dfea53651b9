"""Two tests of stationarity, and the differences of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import centred, inner_product
from anomaly_container.detection.univariate.constants import (
    KPSS_BANDWIDTH_FACTOR,
    KPSS_CRITICAL,
    STATIONARITY_SIGNIFICANCE,
)
from anomaly_container.detection.univariate.stationarity.dickey_fuller import adf_statistic, dickey_fuller_p

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def is_stationary(values: FloatArray) -> bool:
    """Return whether ADF rejects a unit root or KPSS does not reject stationarity.

    Parameters
    ----------
    values : (n,) float64
        n >= 12.
    """
    return kpss_statistic(values) <= KPSS_CRITICAL or _has_no_unit_root(values)


def _has_no_unit_root(values: FloatArray) -> bool:
    """Apply the ADF test; the service treats a series on which the test fails as stationary."""
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
    differences = np.empty_like(values)
    np.subtract(values[1:], values[:-1], out=differences[1:])
    if order == 2:
        differences[2:] -= differences[1:-1].copy()
    differences[:order] = differences[order]
    return differences


def kpss_statistic(values: FloatArray) -> float:
    """Return the KPSS statistic of level stationarity, 0 where it is not defined.

    Sources: Kwiatkowski, Phillips, Schmidt and Shin, Journal of Econometrics 54 (1992); bandwidth of the
    Bartlett kernel by Hobijn, Franses and Ooms, Statistica Neerlandica 58 (2004).

    Parameters
    ----------
    values : (n,) float64
    """
    size = values.size
    rest = centred(values)
    covariance = _covariances(rest, int(size ** (2 / 9)))
    if covariance[0] <= 0.0 or np.ptp(values) == 0.0:
        return 0.0
    s0 = covariance[0] + 2.0 * covariance[1:].sum()
    s1 = 2.0 * (np.arange(1, covariance.size) * covariance[1:]).sum()
    if s0 <= 0.0:
        return 0.0
    with np.errstate(over="ignore"):
        ratio = abs(s1 / s0)
    bandwidth = int(min(KPSS_BANDWIDTH_FACTOR * ratio ** (2 / 3) * size ** (1 / 3), size - 1))
    sums = np.add.accumulate(rest)
    return inner_product(sums, sums) / (size * size * _long_run_variance(sums, bandwidth))


def _covariances(rest: FloatArray, longest: int) -> FloatArray:
    """Return the covariances of a series about its mean at lags 0, 1, ...: (longest + 1,) float64."""
    size = rest.size
    padded = np.zeros(size + longest)
    padded[:size] = rest
    later = np.ndarray((longest + 1, size), np.float64, padded, 0, (padded.itemsize, padded.itemsize))
    products: FloatArray = np.add.reduce(later * rest, axis=1)
    return products / size


def _long_run_variance(sums: FloatArray, bandwidth: int) -> float:
    """Return the long-run variance with Bartlett weights up to a lag, from the running sums.

    v_0 + 2 (1 - 1/w) v_1 + 2 (1 - 2/w) v_2 + ..., with w = bandwidth + 1, is the sum of the squares of all
    sums of w neighbours, including those cut short at the ends, divided by n w: two values k apart are
    together in w - k of them.

    Parameters
    ----------
    sums : (n,) float64
    bandwidth : int
        Less than n.
    """
    size, width = sums.size, bandwidth + 1
    windows = np.empty(size + bandwidth)
    windows[:size], windows[size:] = sums, sums[-1]
    windows[width:] -= sums[: size - 1]
    return inner_product(windows, windows) / (size * width)
