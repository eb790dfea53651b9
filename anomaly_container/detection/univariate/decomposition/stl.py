"""Periodic robust STL: trend + seasonal component + remainder.

Source: Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based on
Loess", Journal of Official Statistics 6 (1990), with the spans that R's `stl(s.window = "periodic",
robust = TRUE)` chooses and the order of operations of netlib's program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Self

import numpy as np

from anomaly_container.detection.univariate import _kernels
from anomaly_container.detection.univariate.constants import (
    STL_JUMP_FRACTION,
    STL_ROBUSTNESS_PASSES,
    STL_SEASONAL_SPAN_FACTOR,
    STL_TREND_SPAN_FACTOR,
)
from anomaly_container.detection.univariate.decomposition.loess import (
    LocalLines,
    column_sums,
    line_weights,
    local_lines,
    smooth,
    tricube,
)
from anomaly_container.detection.univariate.decomposition.phases import by_cycle, phase_groups
from anomaly_container.detection.univariate.decomposition.r_partial_sort import middle_values
from anomaly_container.detection.univariate.types import StlRule

if TYPE_CHECKING:
    from types import ModuleType

    from anomaly_container.detection.numeric.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """A series as trend + seasonal + remainder, each (n,) float64 in the unit of the series."""

    trend: FloatArray
    seasonal: FloatArray
    remainder: FloatArray


@dataclass(frozen=True, slots=True)
class _Spans:
    """Points that each smoother spans, and the steps between the points at which it fits a line."""

    seasonal: int
    trend: int
    trend_step: int
    low_pass: int
    low_pass_step: int

    @classmethod
    def of(cls, length: int, period: int) -> Self:
        """Return the spans that R chooses for a periodic season."""
        seasonal = STL_SEASONAL_SPAN_FACTOR * length + 1
        trend = next_odd(ceil(STL_TREND_SPAN_FACTOR * period / (1 - STL_TREND_SPAN_FACTOR / seasonal)))
        low_pass = next_odd(period)
        return cls(
            seasonal, trend, ceil(trend / STL_JUMP_FRACTION), low_pass, ceil(low_pass / STL_JUMP_FRACTION)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Smoothers:
    """The parts of a fit that depend only on length and period."""

    trend: LocalLines
    low_pass: LocalLines
    low_pass_weights: FloatArray
    low_pass_total: FloatArray
    cycles: tuple[_Cycles, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Cycles:
    """Phases with equally many cycles: columns of the (cycles, period) table, and their tricube weights."""

    phases: slice
    count: int
    tricube: FloatArray


def robust_stl(values: FloatArray, period: int, rule: StlRule) -> Decomposition:
    """Decompose a series with a seasonal component that repeats exactly.

    Parameters
    ----------
    values : (n,) float64
        n >= 2 period.
    period : int
        Points per season, at least 2.
    rule : StlRule
        `SERVICE` averages the seasonal component per phase at the end, and uses R's robustness scale.
    """
    if _kernels.compiled is not None and rule is StlRule.SERVICE:
        return _compiled_stl(_kernels.compiled, values, period)
    smoothers = _smoothers(values.size, period)
    trend = np.zeros_like(values)
    robustness: FloatArray | None = None
    for passes_left in range(STL_ROBUSTNESS_PASSES, -1, -1):
        subseries = _smooth_cycles(values - trend, period, smoothers.cycles, robustness)
        level = _moving_average(_moving_average(_moving_average(subseries, period), period), 3)
        low_pass = smooth(level, smoothers.low_pass, smoothers.low_pass_weights, smoothers.low_pass_total)
        seasonal = subseries[period:-period] - low_pass
        weights, total = line_weights(smoothers.trend, robustness)
        trend = smooth(values - seasonal, smoothers.trend, weights, total)
        if passes_left:
            robustness = robustness_weights(np.abs(values - (seasonal + trend)), rule)
    if rule is StlRule.SERVICE:
        seasonal = _phase_means(seasonal, period)
    return Decomposition(trend, seasonal, values - seasonal - trend)


def _compiled_stl(compiled: ModuleType, values: FloatArray, period: int) -> Decomposition:
    spans = _Spans.of(values.size, period)
    trend, seasonal, remainder = np.empty((3, values.size))
    compiled.stl(
        np.ascontiguousarray(values),
        trend,
        seasonal,
        remainder,
        period,
        spans.seasonal,
        spans.trend,
        spans.trend_step,
        spans.low_pass,
        spans.low_pass_step,
        STL_ROBUSTNESS_PASSES,
    )
    return Decomposition(trend, seasonal, remainder)


def robustness_weights(residuals: FloatArray, rule: StlRule) -> FloatArray:
    """Return bisquare weights of absolute residuals, on a scale of six times their median.

    Parameters
    ----------
    residuals : (n,) float64
        Absolute residuals in time order.
    rule : StlRule
        Rule for the median, see `middle_values`.
    """
    lower, upper = middle_values(residuals, rule)
    scale = 3.0 * (lower + upper)
    # Beyond the scale the weight is 0; the ratio is capped, since it could overflow.
    ratio = np.minimum(residuals, scale) / scale if scale > 0.0 else np.ones_like(residuals)
    bisquare = 1.0 - ratio * ratio
    falling = np.where(residuals <= 0.999 * scale, bisquare * bisquare, 0.0)
    return np.where(residuals <= 0.001 * scale, 1.0, falling)


def next_odd(span: float) -> int:
    """Round to an integer and, if it is even, add 1."""
    nearest = round(span)
    return nearest + 1 - nearest % 2


@lru_cache(maxsize=16)
def _smoothers(length: int, period: int) -> _Smoothers:
    """Return the three smoothers of a fit."""
    spans = _Spans.of(length, period)
    low_pass = local_lines(length, spans.low_pass, spans.low_pass_step)
    low_pass_weights, low_pass_total = line_weights(low_pass, None)
    cycles = [
        _Cycles(phases, count, _cycle_tricube(count, spans.seasonal))
        for phases, count in phase_groups(length, period)
    ]
    return _Smoothers(
        local_lines(length, spans.trend, spans.trend_step),
        low_pass,
        low_pass_weights,
        low_pass_total,
        tuple(cycles),
    )


def _cycle_tricube(count: int, span: int) -> FloatArray:
    """Return tricube weights of the cycles seen from cycles -1, 0, count - 1 and count: (count, 4, 1)."""
    seen_from = np.array([-1.0, 0.0, count - 1.0, count])
    distance = np.abs(np.arange(count, dtype=np.float64)[:, None] - seen_from)
    bandwidth = np.maximum(seen_from, count - 1 - seen_from) + (span - count) // 2
    return tricube(distance, bandwidth)[:, :, None]


def _smooth_cycles(
    detrended: FloatArray, period: int, cycles: tuple[_Cycles, ...], robustness: FloatArray | None
) -> FloatArray:
    """Smooth each phase over the cycles, extended by one cycle at both ends: (n + 2 period,).

    The span is so wide that the smooth is a straight line between the weighted means at both ends.
    """
    length = detrended.size
    smoothed = np.empty((length // period + 3, period))
    data = by_cycle(detrended, period)
    weight = None if robustness is None else by_cycle(robustness, period)
    for group in cycles:
        phases, count = group.phases, group.count
        values = data[:count, phases]
        if weight is None:
            weights = np.broadcast_to(group.tricube, (count, 4, values.shape[1]))
        else:
            weights = group.tricube * weight[:count, None, phases]
        total = column_sums(weights)
        weights = weights / np.where(total > 0.0, total, 1.0)
        before, first, last, after = column_sums(weights * values[:, None, :])
        found = total > 0.0
        first = np.where(found[1], first, values[0])
        last = np.where(found[2], last, values[-1])
        slope = (last - first) / (count - 1)
        inner = smoothed[1 : count + 1, phases]
        inner[:] = first + slope * np.arange(count, dtype=np.float64)[:, None]
        inner[-1] = last
        smoothed[0, phases] = np.where(found[0], before, first)
        smoothed[count + 1, phases] = np.where(found[3], after, last)
    return smoothed.reshape(-1)[: length + 2 * period]


def _moving_average(values: FloatArray, width: int) -> FloatArray:
    """Return the running mean of `width` points: (n - width + 1,), as one running sum."""
    steps = np.empty(2 * (values.size - width) + 1)
    steps[0] = np.add.accumulate(values[:width])[-1]
    steps[1::2] = -values[:-width]
    steps[2::2] = values[width:]
    return np.add.accumulate(steps)[::2] / width


def _phase_means(seasonal: FloatArray, period: int) -> FloatArray:
    """Replace the seasonal component by its mean per phase, computed like R's `mean`."""
    means = np.empty(period)
    table = by_cycle(seasonal, period).astype(np.longdouble)
    for phases, count in phase_groups(seasonal.size, period):
        part = table[:count, phases]
        rough = np.add.accumulate(part, axis=0)[-1] / count
        means[phases] = rough + np.add.accumulate(part - rough, axis=0)[-1] / count
    return means[np.arange(seasonal.size) % period]
