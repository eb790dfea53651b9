"""Decomposition of a seasonal series: outliers cleaned, logarithms if they fit, last point guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from anomaly_container.detection.numeric.moments import centred_with_deviation, mean
from anomaly_container.detection.numeric.robust_scale import median
from anomaly_container.detection.univariate.constants import (
    DECOMPOSITION_OUTLIER_DEVIATIONS,
    LOG_KEPT_BELOW,
    LOG_TRIED_ABOVE,
)
from anomaly_container.detection.univariate.decomposition.stl import Decomposition, robust_stl
from anomaly_container.detection.univariate.elementary import exp, log

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.detection.univariate.types import StlRule

    Fit: TypeAlias = Callable[[FloatArray], Decomposition]


def decompose(values: FloatArray, period: int, rule: StlRule, last_only: bool) -> Decomposition:
    """Decompose a series linearly, or in logarithms if the linear remainder is large and theirs is small.

    Parameters
    ----------
    values : (n,) float64
        n > 2 period.
    period : int
        Points per season, at least 2.
    rule : StlRule
    last_only : bool
        Whether only the last point is tested, which must not bend the trend towards itself.
    """

    def linear(series: FloatArray) -> Decomposition:
        return robust_stl(series, period, rule)

    def logarithmic(series: FloatArray) -> Decomposition:
        return _log_stl(series, period, rule)

    plain = _fit(linear, values, period, last_only)
    if _relative_remainder(plain, values) <= LOG_TRIED_ABOVE:
        return plain
    # If logarithms fit badly, the inverse can overflow; they are then discarded.
    with np.errstate(over="ignore", invalid="ignore"):
        in_logs = _fit(logarithmic, values, period, last_only)
    return in_logs if _relative_remainder(in_logs, values) < LOG_KEPT_BELOW else plain


def _fit(stl: Fit, values: FloatArray, period: int, last_only: bool) -> Decomposition:
    """Fit, and fit again without the points that deviate from the trend by three standard deviations.

    The remainder refers to the cleaned series.
    """
    first = _guard_last(stl, values, period) if last_only else stl(values)
    detrended = first.remainder + first.seasonal
    outliers = _non_seasonal_outliers(detrended, period)
    if not outliers.any():
        return first
    kept = np.flatnonzero(~outliers)
    before = np.maximum(np.cumsum(~outliers) - 1, 0)
    cleaned = detrended[kept[before]] + first.trend
    return _guard_last(stl, cleaned, period) if last_only else stl(cleaned)


def _guard_last(stl: Fit, values: FloatArray, period: int) -> Decomposition:
    """Fit the series with and without a predicted next point; keep the fit closer to the last point."""
    plain = stl(values)
    size = values.size
    next_value = median(values[size - period :: -period])
    extended = stl(np.append(values, next_value))
    if abs(plain.remainder[-1]) <= abs(extended.remainder[size - 1]):
        return plain
    return Decomposition(extended.trend[:size], extended.seasonal[:size], extended.remainder[:size])


def _non_seasonal_outliers(detrended: FloatArray, period: int) -> BoolArray:
    """Mark outliers, except in phases with so many that they belong to the season."""
    size = detrended.size
    distance, deviation = centred_with_deviation(detrended)
    if deviation == 0.0:
        return np.zeros(size, dtype=np.bool_)
    far = np.abs(distance) / deviation >= DECOMPOSITION_OUTLIER_DEVIATIONS
    phase = np.arange(size) % period
    seasonal = np.bincount(phase[far], minlength=period) > int(size / period / 2)
    outliers: BoolArray = far & ~seasonal[phase]
    return outliers


def _log_stl(values: FloatArray, period: int, rule: StlRule) -> Decomposition:
    """Decompose the logarithms of a series, shifted to at least 1; return parts in the unit of the series."""
    low = values.min()
    shifted = values - low + 1.0 if low < 1.0 else values
    logs = robust_stl(log(shifted), period, rule)
    trend = exp(logs.trend)
    seasonal = exp(logs.trend + logs.seasonal) - trend
    remainder = shifted - trend - seasonal
    return Decomposition(trend - 1.0 + low if low < 1.0 else trend, seasonal, remainder)


def _relative_remainder(fit: Decomposition, values: FloatArray) -> float:
    """Return the mean of |remainder / value|; 0/0 is left out, and a remainder over 0 is infinite."""
    if not np.isfinite(fit.remainder).all():
        return np.inf
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.abs(fit.remainder / values)
        known = share[~np.isnan(share)]
        return mean(known) if known.size else 0.0
