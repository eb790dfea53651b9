"""The augmented Dickey-Fuller test for a unit root, with a constant."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from anomaly_container.detection.univariate.constants import (
    ADF_LAG_FACTOR,
    MACKINNON_LARGE_P,
    MACKINNON_SMALL_P,
    MACKINNON_TAU_MAX,
    MACKINNON_TAU_MIN,
    MACKINNON_TAU_STAR,
)
from anomaly_container.detection.univariate.elementary import log
from anomaly_container.detection.univariate.stationarity.lag_products import (
    singular_limit,
    statistic_by_products,
)

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def adf_statistic(values: FloatArray) -> float:
    """Return the augmented Dickey-Fuller statistic with a constant, NaN if the regression is singular.

    The number of lagged differences minimises the AIC on the sample common to all candidates.
    Source: Said and Dickey, Biometrika 71 (1984).

    Parameters
    ----------
    values : (n,) float64
    """
    size = values.size
    longest = min(ceil(ADF_LAG_FACTOR * (size / 100.0) ** 0.25), (size - 1) // 2 - 2)
    steps = values[1:] - values[:-1]
    statistic = statistic_by_products(values, steps, longest)
    if statistic is not None:
        return statistic
    design = _lag_table(values, steps, longest)
    basis, triangle = np.linalg.qr(design)
    if _is_singular(triangle, steps.size - longest):
        return np.nan
    lags = _best_lags(basis, steps[longest:])
    return _t_of_level(_lag_table(values, steps, lags), steps[lags:])


def _is_singular(triangle: FloatArray, rows: int) -> bool:
    """Return whether the regressors are dependent, by the singular values that QR keeps."""
    sizes = np.linalg.svd(triangle, compute_uv=False)
    return bool(sizes[-1] <= singular_limit(float(sizes[0]), rows))


def _lag_table(values: FloatArray, steps: FloatArray, lags: int) -> FloatArray:
    """Return the regressors of each step: a constant, the level before it, and the `lags` steps before it."""
    rows = steps.size - lags
    columns = [np.ones(rows), values[lags:-1]]
    columns += [steps[lags - lag : steps.size - lag] for lag in range(1, lags + 1)]
    return np.column_stack(columns)


def _best_lags(basis: FloatArray, target: FloatArray) -> int:
    """Return the number of lagged steps with the smallest AIC, from one orthogonal basis for all."""
    rows, columns = basis.shape
    explained = np.cumsum((basis.T @ target) ** 2)[1:]
    unexplained = np.maximum(target @ target - explained, np.finfo(np.float64).tiny)
    aic = rows * log(unexplained / rows) + 2.0 * np.arange(2, columns + 1)
    return int(np.argmin(aic))


def _t_of_level(design: FloatArray, target: FloatArray) -> float:
    """Return the t statistic of the level's coefficient, NaN if the residual is zero."""
    rows, columns = design.shape
    basis, triangle = np.linalg.qr(design)
    inverse = np.linalg.inv(triangle)
    coefficients = inverse @ (basis.T @ target)
    residual = target - design @ coefficients
    variance = residual @ residual / (rows - columns)
    error = np.sqrt(variance * (inverse[1] @ inverse[1]))
    return float(coefficients[1] / error) if error > 0.0 else np.nan


def dickey_fuller_p(statistic: float) -> float:
    """Return the approximate p-value of the Dickey-Fuller statistic with a constant.

    Source: MacKinnon, "Approximate Asymptotic Distribution Functions for Unit-Root and Cointegration Tests",
    Journal of Business & Economic Statistics 12 (1994).
    """
    if statistic > MACKINNON_TAU_MAX:
        return 1.0
    if statistic < MACKINNON_TAU_MIN:
        return 0.0
    surface = MACKINNON_SMALL_P if statistic <= MACKINNON_TAU_STAR else MACKINNON_LARGE_P
    return float(ndtr(np.polynomial.polynomial.polyval(statistic, surface)))
