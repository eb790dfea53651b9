"""How many points make a season (algorithm.md 5.1 and 5.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from tests.naive.esd import min_max_normalised
from tests.naive.running import as_single, running_median_stale, single_median
from tests.naive.trend import spline_trend

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8


def phase_error(x: Sequence[float], period: int, single: bool) -> float:
    """Return the leave-one-out error of the phase means, optionally in single precision (5, gcv)."""
    number = np.float32 if single else np.float64
    error = number(0.0)
    for phase in range(period):
        members = [number(value) for value in x[phase::period]]
        count = number(len(members))
        total = number(0.0)
        squares = number(0.0)
        for value in members:
            total = total + value
            squares = squares + value * value
        ratio = count / (count - number(1.0))
        error = error + ratio * ratio * (squares - total * total / count)
    mean = float(error / number(len(x)))
    return 0.0 if abs(mean) <= EPS else mean


def gcv(x: Sequence[float], period: int) -> float:
    """Return the cross-validation error of a period in double precision (5, helpers)."""
    return phase_error(x, period, single=False)


def gcv_f32(x: Sequence[float], period: int) -> float:
    """Return the cross-validation error of a period, accumulated in single precision (5, helpers)."""
    return phase_error(x, period, single=True)


def despike(x: Sequence[float]) -> list[float]:
    """Replace points three sigma off the mean by straight lines between the others (5, helpers)."""
    mean = float(np.mean(x))
    sigma = float(np.std(x)) + EPS
    kept = [i for i in range(len(x)) if abs(x[i] - mean) / sigma < 3.0]
    return interpolated(x, kept)


def interpolated(x: Sequence[float], kept: Sequence[int]) -> list[float]:
    """Redraw the points that are not kept by straight lines between the kept ones, ends held."""
    real = set(kept)
    result = []
    for i, value in enumerate(x):
        if i in real:
            result.append(value)
            continue
        before = max((k for k in kept if k < i), default=None)
        after = min((k for k in kept if k > i), default=None)
        if before is None and after is None:
            result.append(value)
        elif before is None and after is not None:
            result.append(x[after])
        elif after is None and before is not None:
            result.append(x[before])
        elif before is not None and after is not None:
            slope = (x[after] - x[before]) / (after - before)
            result.append(slope * (i - before) + x[before])
    return result


def calendar_candidates(granularity: str, interval: int) -> list[int]:
    """Return the periods a calendar suggests, in the order they are tried (5.1)."""
    k = interval
    return {
        "daily": [7],
        "hourly": [168 // k, 24 // k],
        "minutely": [10080 // k, 1440 // k, 2880 // k],
        "secondly": [604800 // k, 86400 // k, 172800 // k],
        "weekly": [12, 4],
        "monthly": [12],
        "microsecond": [1000],
    }.get(granularity, [])


def standard_period(granularity: str, interval: int) -> int | None:
    """Return the period a shorter one is widened to when it divides it (5.1)."""
    k = interval
    return {
        "daily": 7,
        "hourly": 168 // k,
        "minutely": 10080 // k,
        "secondly": 604800 // k,
        "weekly": 12,
        "monthly": 12,
    }.get(granularity)


def explained(x: Sequence[float], period: int) -> float | None:
    """Return the share of variance the phase means explain; None without variance (5.1)."""
    variance = float(np.var(x))
    if abs(variance) <= EPS:
        return None
    error = gcv_f32(x, period)
    return 1.0 if error == 0.0 else 1.0 - error / variance


def flattened_phases(v: Sequence[float], period: int) -> list[float]:
    """Pull entries far above the median of their phase down to it, without an absolute value (5.1 b)."""
    result = list(v)
    for phase in range(period):
        members = v[phase::period]
        centre = single_median([as_single(value) for value in members])
        # By 15 B: differences in double, their median in single precision.
        spread = 1.4826 * single_median([as_single(value - centre) for value in members]) + EPS
        for index in range(phase, len(v), period):
            if (v[index] - centre) / spread >= 3.0:
                result[index] = centre
    return result


def by_size(period: int, short: float, medium: float, long: float) -> float:
    """Pick the threshold for periods up to 24, up to 168 and above (5.1)."""
    if period <= 24:
        return short
    return medium if period <= 168 else long


def candidate_accepted(x: Sequence[float], period: int) -> bool:
    """Test one calendar period on a normalised series, first plainly, then without trend (5.1)."""
    share = explained(despike(x), period)
    if share is None:
        return False
    if share > by_size(period, 0.35, 0.15, 0.1):
        return True
    trend = running_median_stale(x, 2 * (period // 2) + 1)
    flat = flattened_phases(despike([value - t for value, t in zip(x, trend, strict=True)]), period)
    share = explained(flat, period)
    return share is not None and share > by_size(period, 0.35, 0.65, 0.7)


def calendar_period(values: Sequence[float], granularity: str, interval: int) -> int:
    """Return the first calendar period the data agree with, widened to the standard one; or 0 (5.1)."""
    n = len(values)
    x = min_max_normalised(values)
    for period in calendar_candidates(granularity, interval):
        if period < 4 or n <= 2 * period or not candidate_accepted(x, period):
            continue
        standard = standard_period(granularity, interval)
        if standard is not None and n > 2 * standard and standard % period == 0:
            return standard
        return period
    return 0


def autocorrelation(y: Sequence[float], lags: int) -> list[float]:
    """Return the biased autocorrelation at lags 0..lags by direct sums (5.2)."""
    n = len(y)
    mean = float(np.mean(y))
    d = np.array(y) - mean
    variance = float(np.dot(d, d))
    return [1.0] + [float(np.dot(d[: n - k], d[k:])) / variance for k in range(1, lags + 1)]


def correlogram_step(x: Sequence[float]) -> int:
    """Return the period with the smallest error among the strongly correlated lags, or 0 (5.2, 1-5)."""
    n = len(x)
    y = despike(x)
    y = [value - t for value, t in zip(y, spline_trend(y, None), strict=True)]
    variance = float(np.var(y))
    if variance <= EPS:
        return 0
    lags = int(min(n / 3, 5760))
    rho = autocorrelation(y, lags)
    z = float(stats.norm.ppf(0.95))
    bound = [0.0] * (lags + 1)
    squares = 0.0
    for k in range(1, lags + 1):
        bound[k] = z * math.sqrt((1.0 + 2.0 * squares) / n)
        squares += rho[k] ** 2

    best, smallest = 0, math.inf
    for k in sorted(range(1, lags + 1), key=lambda lag: (-rho[lag], lag)):
        if rho[k] < max(bound[k], 0.1):
            break
        if 4 < k < lags:
            error = gcv_f32(y, k)
            if error < smallest:
                best, smallest = k, error
    if best == 0 or (smallest != 0.0 and 1.0 - smallest / variance < 0.20):
        return 0
    return 0 if n / best + 1 <= 3 else best


def correlogram_period(values: Sequence[float]) -> int:
    """Return a period found in the correlogram, multiplied by those of its sub-samples, or 0 (5.2)."""
    x = min_max_normalised(values)
    period = correlogram_step(x)
    total = period
    while period > 0:
        x = x[::period]
        if len(x) < 12:
            break
        period = correlogram_step(x)
        if period > 0:
            total *= period
    return total


def detect_period(values: Sequence[float], granularity: str, interval: int) -> int:
    """Return the calendar's period or else the correlogram's; 0 for none (5)."""
    return calendar_period(values, granularity, interval) or correlogram_period(values)
