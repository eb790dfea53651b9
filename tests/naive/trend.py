"""The smooth trend of a series without a season (algorithm.md 5.3)."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import LSQUnivariateSpline
from scipy.signal import welch

from tests.naive.running import as_single, running_median_centre

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8
MAX_WINDOW = 512
MIN_PERIOD = 4


def theil_sen_slope(y: Sequence[float]) -> float:
    """Return the median of the slopes between all pairs of points (5.3)."""
    n = len(y)
    return statistics.median([(y[j] - y[i]) / (j - i) for i in range(n) for j in range(i + 1, n)])


def straighten_ends(y: Sequence[float], window: int) -> list[float]:
    """Replace window // 2 values at each end by a line of the window's Theil-Sen slope (5.3)."""
    n = len(y)
    half = window // 2
    result = list(y)
    slope = theil_sen_slope(y[:window])
    for i in range(half):
        result[i] = y[half] + slope * (i - half)
    slope = theil_sen_slope(y[max(0, n - window) :])
    for i in range(n - half, n):
        result[i] = y[n - half - 1] + slope * (i - (n - half - 1))
    return result


def straightened_in_single(y: Sequence[float], window: int) -> list[float]:
    """Do the same with single-precision numbers: differences and ends are rounded to them (15 G)."""
    n = len(y)
    half = window // 2

    def slope(part: Sequence[float]) -> float:
        m = len(part)
        return statistics.median(
            [as_single(part[j] - part[i]) / (j - i) for i in range(m) for j in range(i + 1, m)]
        )

    result = list(y)
    rise = slope(y[:window])
    for i in range(half):
        result[i] = as_single((i - half) * rise + y[half])
    rise = slope(y[max(0, n - window) :])
    for i in range(n - half, n):
        result[i] = as_single((i - (n - half - 1)) * rise + y[n - half - 1])
    return result


def merged_spectrum(residual: Sequence[float], segment: int) -> dict[int, float]:
    """Return the Welch power of every rounded period, longest first (5.3)."""
    frequencies, power = welch(
        np.array(residual), fs=1.0, window="hann", nperseg=segment, scaling="spectrum", detrend="constant"
    )
    spectrum: dict[int, float] = {}
    for frequency, strength in zip(frequencies, power, strict=True):
        if frequency <= 0:
            continue
        period = round(1.0 / float(frequency))
        spectrum[period] = max(spectrum.get(period, 0.0), float(strength))
    spectrum[segment] = 0.0
    return spectrum


def broad_guess(x: Sequence[float]) -> int:
    """Guess a period from the strongest peaks of the spectrum of the detrended series (5.3).

     Data beyond single precision have no such spectrum; the text is silent, the broadest guess stands.
    ."""
    n = len(x)
    broad = min(n // 3, MAX_WINDOW)
    window = 2 * broad - 1
    slow = straightened_in_single(running_median_centre(x, window), window)
    residual = [value - s for value, s in zip(x, slow, strict=True)]
    if not all(math.isfinite(value) for value in residual):
        return broad

    longest = int(min(n / 3, MAX_WINDOW))
    spectrum = merged_spectrum(residual, min(2 * longest, n // 2))
    periods = list(spectrum)
    start = sum(period >= longest for period in periods) - 1
    end = -sum(period < MIN_PERIOD for period in periods)
    kept = periods[start:end]
    strongest = max((spectrum[period] for period in kept), default=0.0)
    if strongest <= EPS:
        return broad
    peaks = [period for period in kept if spectrum[period] >= 0.9 * strongest]
    # 15 H: in order of falling power, longer periods first among equals, added as numpy adds.
    peaks.sort(key=lambda period: -spectrum[period])
    weighted = np.sum([period * spectrum[period] for period in peaks])
    return round(float(weighted / np.sum([spectrum[period] for period in peaks])))


def spline_trend(x: Sequence[float], period: int | None) -> list[float]:
    """Return a least-squares cubic spline with straightened ends; None guesses the period (5.3)."""
    n = len(x)
    if n < 6:
        return [sum(x) / n] * n
    if period is None:
        period = broad_guess(x)
    window = min(n // 3, MAX_WINDOW) if period <= 1 else (int(2 * period) // 2) * 2 - 1
    segments = n // (2 * window) + 1
    q = max(2, segments + 1)
    knots = np.linspace(0, n - 1, q + 2)[1:-2]
    spline = LSQUnivariateSpline(np.arange(n), np.array(x), knots)
    fitted = [float(value) for value in spline(np.arange(n))]
    return straighten_ends(fitted, window)
