"""Trend of a series without a season: a least-squares cubic spline with knots about a season apart.

Source: Dierckx, "Curve and Surface Fitting with Splines", Oxford 1993.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import scipy
from scipy.fft import rfft, rfftfreq

from anomaly_container.detection.numeric.moments import mean
from anomaly_container.detection.univariate import _kernels
from anomaly_container.detection.univariate.constants import (
    EPSILON,
    MAX_TREND_WINDOW,
    MIN_CYCLES,
    MIN_PERIOD,
    MIN_TREND_POINTS,
    PERIODOGRAM_SHARE,
)
from anomaly_container.detection.univariate.elementary import power
from anomaly_container.detection.univariate.trend.running_median import centred_median, to_single

if _kernels.compiled is None:  # Only the twin needs it, and it takes a tenth of a second.
    import scipy.interpolate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray, Real, SingleArray


def spline_trend(values: FloatArray, period: int | None) -> FloatArray:
    """Return the trend of a series: (n,) float64.

    A least-squares cubic spline with straightened ends. It is FITPACK's to the last bit, since its rounding
    decides on which side of the trend noise-free data lie.

    Parameters
    ----------
    values : (n,) float64
    period : int or None
        Points per season. None: guessed from the spectrum; 0 and 1: the widest window.
    """
    size = values.size
    if size < MIN_TREND_POINTS:
        return np.full(size, mean(values))
    if period is None:
        period = guess_period(values)
    window = min(size // 3, MAX_TREND_WINDOW) if period <= 1 else 2 * (2 * period // 2) - 1
    pieces = max(2, size // (2 * window) + 2)
    return straighten_ends(_fit(values, _inner_knots(size, pieces)), window)


@lru_cache(maxsize=16)
def _inner_knots(size: int, pieces: int) -> FloatArray:
    """Return the inner knots of a series: (pieces - 1,) float64."""
    # The service drops two knots at the end and one at the start.
    knots = np.linspace(0, size - 1, pieces + 2)[1:-2]
    knots.flags.writeable = False
    return knots


def _fit(values: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the least-squares cubic spline with these inner knots at every point: (n,) float64."""
    if _kernels.compiled is not None:
        fitted = np.empty_like(values)
        _kernels.compiled.spline(np.ascontiguousarray(values), knots, fitted)
        return fitted
    index = np.arange(values.size, dtype=np.float64)
    by_fitpack: FloatArray = scipy.interpolate.LSQUnivariateSpline(index, values, knots, k=3)(index)
    return by_fitpack


def straighten_ends(values: NDArray[Real], window: int) -> NDArray[Real]:
    """Replace half a window at both ends by a line with the median slope of the window there.

    Parameters
    ----------
    values : (n,) float32 or float64
    window : int
        At most n.
    """
    half = window // 2
    straight = values.copy()
    steps = np.arange(half, 0, -1)
    straight[:half] = values[half] - median_slope(values[:window]) * steps
    straight[values.size - half :] = (
        values[values.size - half - 1] + median_slope(values[values.size - window :]) * steps[::-1]
    )
    return straight


def median_slope(values: FloatArray | SingleArray) -> float:
    """Return the Theil-Sen slope: the median over all pairs i < j of (y_j - y_i) / (j - i).

    Differences are in the precision of the values, quotients in double precision.

    Source: Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63 (1968).

    Parameters
    ----------
    values : (n,) float32 or float64
        n >= 2.
    """
    if _kernels.compiled is not None:
        return float(_kernels.compiled.median_slope(np.ascontiguousarray(values), values.itemsize))
    size = values.size
    slopes = np.empty(size * (size - 1) // 2)
    start = 0
    for distance in range(1, size):
        end = start + size - distance
        here = slopes[start:end]
        here[...] = values[distance:] - values[:-distance]
        here /= distance
        start = end
    return float(np.median(slopes, overwrite_input=True))


def guess_period(values: FloatArray) -> int:
    """Guess the period of a series from the highest peaks of its spectrum.

    Parameters
    ----------
    values : (n,) float64
        n >= 6.
    """
    size = values.size
    broad = min(size // 3, MAX_TREND_WINDOW)
    longest = min(size // MIN_CYCLES, MAX_TREND_WINDOW)
    level = _broad_level(values, 2 * broad - 1)
    segment = min(2 * longest, size // 2)
    periods, starts = _whole_periods(segment)
    # Equal rounded periods are merged and keep the largest power.
    strongest = np.maximum.reduceat(welch(values - level, segment)[1:], starts)
    strongest[periods == segment] = 0.0
    kept = slice(
        int(np.count_nonzero(periods >= longest)) - 1,
        periods.size - int(np.count_nonzero(periods < MIN_PERIOD)),
    )
    periods, strongest = periods[kept], strongest[kept]
    highest = strongest.max(initial=0.0)
    if highest <= EPSILON:
        return broad
    peaks = np.flatnonzero(strongest >= PERIODOGRAM_SHARE * highest)
    if peaks.size == 1:
        return int(periods[peaks[0]])
    # The order of the sums, from the highest, decides where their quotient is half of an odd number.
    peaks = peaks[np.argsort(-strongest[peaks], kind="stable")]
    weights = strongest[peaks]
    return round(float(np.add.reduce(periods[peaks] * weights) / np.add.reduce(weights)))


def _broad_level(values: FloatArray, width: int) -> FloatArray:
    """Return the running median with straightened ends, in single precision to the end: (n,) float64."""
    single, scale = to_single(values)
    level = straighten_ends(centred_median(single, width), width)
    return level.astype(np.float64) / scale


@lru_cache(maxsize=16)
def _whole_periods(segment: int) -> tuple[FloatArray, IntArray]:
    """Return the rounded periods of all frequencies but 0, descending, and the index at which each begins."""
    rounded = np.round(1.0 / rfftfreq(segment)[1:])
    starts = np.flatnonzero(np.diff(rounded, prepend=np.inf))
    periods = rounded[starts]
    periods.flags.writeable = starts.flags.writeable = False
    return periods, starts


def welch(values: FloatArray, segment: int) -> FloatArray:
    """Return the power spectrum by Welch's method: Hann windows with half overlap, means removed.

    Source: Welch, IEEE Trans. Audio Electroacoust. 15 (1967); one-sided, scaled so that a sine of amplitude
    A has power A^2 / 2.

    Parameters
    ----------
    values : (n,) float64
    segment : int
        Points of one window, at most n.

    Returns
    -------
    power : (segment // 2 + 1,) float64
        Squared unit of the values, at 0, 1 / segment, 2 / segment, ... cycles per point.
    """
    # Peaks of a pulse train tie except for rounding: each operation is that of scipy.signal.welch 1.12.
    hann, scale = _hann(segment)
    step = segment - segment // 2
    count = (values.size - segment) // step + 1
    whole = np.ascontiguousarray(values)
    pieces = np.ndarray((count, segment), np.float64, whole, 0, (step * whole.itemsize, whole.itemsize))
    spectra = rfft(hann * (pieces - np.add.reduce(pieces, axis=1, keepdims=True) / segment), axis=1)
    powers = power(spectra) * scale
    powers[:, 1 : (segment + 1) // 2] *= 2.0
    averaged: FloatArray = np.add.reduce(powers, axis=0) / count
    return averaged


@lru_cache(maxsize=16)
def _hann(segment: int) -> tuple[FloatArray, float]:
    """Return the Hann window, (segment,) float64, and the factor that scales the squared spectrum."""
    window = 0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, segment + 1)[:-1])
    window.flags.writeable = False
    return window, 1.0 / float(window.sum()) ** 2
