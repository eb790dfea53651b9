"""The periodic robust seasonal-trend decomposition, pass by pass (algorithm.md 6.1)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tests.naive.univariate.loess import fitted_value, smooth

if TYPE_CHECKING:
    from collections.abc import Sequence

ROBUSTNESS_PASSES = 15


def next_odd(x: float) -> int:
    """Round, then add one if even (6.1)."""
    rounded = round(x)
    return rounded + 1 if rounded % 2 == 0 else rounded


def partial_median_sum(residuals: Sequence[float], rule: str) -> tuple[float, float]:
    """Return the two values whose sum stands for twice the median of the residuals (6.1, rule ii)."""
    n = len(residuals)
    ordered = sorted(residuals)
    if n % 2 == 1:
        return ordered[n // 2], ordered[n // 2]
    lower_rank, upper_rank = n // 2, n // 2 + 1
    if rule == "published":
        return ordered[lower_rank - 1], ordered[upper_rank - 1]

    a = [math.nan, *residuals]  # positions 1..n, as the text counts
    wanted = [lower_rank, upper_rank]
    i, j = 1, n
    while i < j:
        if i > 1 and j - i <= 10:
            a[i : j + 1] = sorted(a[i : j + 1])
            break
        m = (i + j) // 2
        if a[i] > a[m]:
            a[i], a[m] = a[m], a[i]
        if a[j] < a[m]:
            a[j], a[m] = a[m], a[j]
            if a[i] > a[m]:
                a[i], a[m] = a[m], a[i]
        pivot = a[m]
        k, low = i, j
        while True:
            low -= 1
            while a[low] > pivot:
                low -= 1
            k += 1
            while a[k] < pivot:
                k += 1
            if k > low:
                break
            a[low], a[k] = a[k], a[low]
        in_lower = [rank for rank in wanted if rank <= low]
        in_upper = [rank for rank in wanted if rank >= k]
        if in_lower and in_upper:
            if low - i <= j - k:
                wanted, j = in_lower, low
            else:
                wanted, i = in_upper, k
        elif in_lower:
            wanted, j = in_lower, low
        elif in_upper:
            wanted, i = in_upper, k
        else:
            break
    return a[lower_rank], a[upper_rank]


def robustness_weights(values: Sequence[float], fit: Sequence[float], rule: str) -> list[float]:
    """Weigh each point by its residual against six medians of the residuals (6.1, rule ii)."""
    residuals = [abs(x - f) for x, f in zip(values, fit, strict=True)]
    a, b = partial_median_sum(residuals, rule)
    scale = 3.0 * (a + b)
    weights = []
    for r in residuals:
        if r <= 0.001 * scale:
            weights.append(1.0)
        elif r <= 0.999 * scale:
            ratio = r / scale
            bell = 1.0 - ratio * ratio
            weights.append(bell * bell)
        else:
            weights.append(0.0)
    return weights


def moving_average(x: Sequence[float], width: int) -> list[float]:
    """Average every `width` neighbours with one running sum (6.1)."""
    total = 0.0
    for value in x[:width]:
        total += value
    averages = [total / width]
    for entering in range(width, len(x)):
        total = total - x[entering - width] + x[entering]
        averages.append(total / width)
    return averages


def smoothed_subseries(
    detrended: Sequence[float], period: int, span: int, weights: Sequence[float] | None
) -> list[float]:
    """Smooth every cycle-subseries and extend it by one cycle at both sides: n + 2 period values (6.1)."""
    n = len(detrended)
    result = [0.0] * (n + 2 * period)
    for phase in range(period):
        y = list(detrended[phase::period])
        w = None if weights is None else list(weights[phase::period])
        m = len(y)
        inner = smooth(y, span, 0, math.ceil(span / 10), w)
        before = fitted_value(y, span, 0, 0.0, 1, min(span, m), w)
        after = fitted_value(y, span, 0, float(m + 1), max(1, m - span + 1), m, w)
        extended = [
            inner[0] if before is None else before,
            *inner,
            inner[-1] if after is None else after,
        ]
        for cycle, value in enumerate(extended):
            result[phase + cycle * period] = value
    return result


def phase_means(seasonal: Sequence[float], period: int) -> list[float]:
    """Replace each value by the mean of its phase, in extended precision with a second pass (6.1, rule i)."""
    result = [0.0] * len(seasonal)
    for phase in range(period):
        members = [np.longdouble(value) for value in seasonal[phase::period]]
        count = np.longdouble(len(members))
        total = np.longdouble(0.0)
        for value in members:
            total += value
        mean = total / count
        correction = np.longdouble(0.0)
        for value in members:
            correction += value - mean
        mean += correction / count
        for index in range(phase, len(seasonal), period):
            result[index] = float(mean)
    return result


def stl(
    values: Sequence[float], period: int, rule: str, seasonal_span: int | None = None
) -> tuple[list[float], list[float], list[float]]:
    """Return trend, seasonal component and remainder after the initial and 15 robust passes (6.1)."""
    n = len(values)
    span = 10 * n + 1 if seasonal_span is None else seasonal_span
    trend_span = next_odd(math.ceil(1.5 * period / (1.0 - 1.5 / span)))
    low_pass_span = next_odd(period)

    trend = [0.0] * n
    seasonal = [0.0] * n
    weights: list[float] | None = None
    for robust_pass in range(1 + ROBUSTNESS_PASSES):
        detrended = [x - t for x, t in zip(values, trend, strict=True)]
        cycles = smoothed_subseries(detrended, period, span, weights)
        averaged = moving_average(moving_average(moving_average(cycles, period), period), 3)
        low_pass = smooth(averaged, low_pass_span, 1, math.ceil(low_pass_span / 10))
        seasonal = [cycles[period + i] - low_pass[i] for i in range(n)]
        deseasoned = [x - s for x, s in zip(values, seasonal, strict=True)]
        trend = smooth(deseasoned, trend_span, 1, math.ceil(trend_span / 10), weights)
        if robust_pass < ROBUSTNESS_PASSES:
            fit = [t + s for t, s in zip(trend, seasonal, strict=True)]
            weights = robustness_weights(values, fit, rule)

    if rule == "service":
        seasonal = phase_means(seasonal, period)
    remainder = [x - s - t for x, s, t in zip(values, seasonal, trend, strict=True)]
    return trend, seasonal, remainder
