"""Period detection by the correlogram: the strongly correlated lag that predicts the series best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from anomaly_container.detection.numeric.moments import centred, variance
from anomaly_container.detection.numeric.robust_scale import ascending_order, earlier_first
from anomaly_container.detection.univariate.constants import (
    BARTLETT_QUANTILE,
    CORRELOGRAM_ACCEPTANCE,
    EPSILON,
    MAX_LAG,
    MIN_CORRELATION,
    MIN_CYCLES,
    MIN_PERIOD,
    MIN_SPECTRUM_POINTS,
)
from anomaly_container.detection.univariate.elementary import power
from anomaly_container.detection.univariate.period.cross_validation import season_errors
from anomaly_container.detection.univariate.trend.interpolation import despike
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


def correlogram_period(scaled: FloatArray) -> int:
    """Return the points per season found in the correlogram, 0 for none.

    A season may be part of a longer one: the series of the first point of every season is searched again, and
    each success multiplies the period.

    Parameters
    ----------
    scaled : (n,) float64
        Scaled to [0, 1].
    """
    period = 0
    while scaled.size >= MIN_SPECTRUM_POINTS:
        found = _single_period(scaled)
        if not found:
            break
        period = max(period, 1) * found
        scaled = scaled[::found]
    return period


def _single_period(scaled: FloatArray) -> int:
    """Return the best lag of the correlogram that explains the series, 0 for none."""
    rest = despike(scaled)
    rest = rest - spline_trend(rest, None)
    spread = variance(rest)
    if spread <= EPSILON:
        return 0
    lags = _correlated_lags(rest)
    if not lags.size:
        return 0
    errors = season_errors(rest, lags, (1.0 - CORRELOGRAM_ACCEPTANCE) * spread)
    best = int(np.argmin(errors))
    return int(lags[best]) if 1.0 - errors[best] / spread >= CORRELOGRAM_ACCEPTANCE else 0


def _correlated_lags(values: FloatArray) -> IntArray:
    """Return the lags with significant correlation, the most correlated first.

    A correlation is significant above the upper 95 % bound of Bartlett, "On the Theoretical Specification
    and Sampling Properties of Autocorrelated Time-Series", JRSS Suppl. 8 (1946).
    """
    size = values.size
    longest = int(min(size / MIN_CYCLES, MAX_LAG))
    correlation = autocorrelation(values, longest)
    before = np.zeros_like(correlation)
    np.add.accumulate(correlation[:-1] ** 2, out=before[1:])
    bound = BARTLETT_QUANTILE * np.sqrt((1.0 + 2.0 * before) / size)
    falling = ascending_order(-correlation, earlier_first)
    significant = correlation[falling] >= np.maximum(bound, MIN_CORRELATION)[falling]
    until = int(np.argmin(significant)) if not significant.all() else significant.size
    lags: IntArray = falling[:until] + 1
    return lags[(lags > MIN_PERIOD) & (lags < longest)]


def autocorrelation(values: FloatArray, longest: int) -> FloatArray:
    """Return the autocorrelation at lags 1..longest: (longest,) float64, each sum divided by n.

    Parameters
    ----------
    values : (n,) float64
        Not constant.
    longest : int
        Less than n.
    """
    length = next_fast_len(values.size + longest, real=True)
    spectrum = rfft(centred(values), length)
    covariance = irfft(power(spectrum), length)
    correlation: FloatArray = covariance[1 : longest + 1] / covariance[0]
    return correlation
