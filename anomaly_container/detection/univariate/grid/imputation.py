"""Imputation of empty grid slots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.constants import (
    CUBIC_GAP_LENGTH,
    CUBIC_GAP_SEASON_SHARE,
    MAX_FILLED_GRID,
    MAX_MISSING_RATIO,
    SEASON_WEIGHTS,
)
from anomaly_container.detection.univariate.grid.gap_spline import cubic_through
from anomaly_container.detection.univariate.types import ImputeMode, Options, Series

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

_FILLED_WITHOUT_PERIOD = (ImputeMode.FIXED, ImputeMode.ZERO, ImputeMode.PREVIOUS, ImputeMode.LINEAR)


def has_fillable_gaps(series: Series) -> bool:
    """Return whether a grid slot is empty; the service treats grids over its limit as free of gaps."""
    return series.values.size < series.grid_length <= MAX_FILLED_GRID


def for_period_detection(series: Series, mode: ImputeMode, fixed_value: float) -> FloatArray:
    """Return the values for period detection: (n,) or (grid length,) float64."""
    if mode is ImputeMode.NOT_FILL or not has_fillable_gaps(series):
        return series.values
    simple = ImputeMode.PREVIOUS if mode is ImputeMode.AUTO else mode
    return impute(series, simple, fixed_value, 0)


def for_detection(series: Series, mode: ImputeMode, fixed_value: float, period: int) -> FloatArray:
    """Return the values for anomaly detection: (n,) or (grid length,) float64.

    The service fills gaps if there is a season, or if the mode is not `auto`.
    """
    if mode is ImputeMode.NOT_FILL or not has_fillable_gaps(series):
        return series.values
    if period > 1 or mode in _FILLED_WITHOUT_PERIOD:
        return impute(series, mode, fixed_value, period)
    return series.values


def worked_length(series: Series, options: Options) -> int:
    """Return the length of what detection works on: that of the grid if its gaps are filled.

    Parameters
    ----------
    series : Series
        The points and their places on the grid.
    options : Options
        How gaps are filled, and the period.

    Returns
    -------
    int
        A number of points.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.univariate import ImputeMode, Options, Series, worked_length
    >>> series = Series(np.ones(12), np.arange(12) * 2)
    >>> worked_length(series, Options(impute_mode=ImputeMode.ZERO))
    23
    >>> worked_length(series, Options(impute_mode=ImputeMode.NOT_FILL))
    12
    """
    mode, period = options.impute_mode, options.period
    if mode is ImputeMode.NOT_FILL or not has_fillable_gaps(series):
        return series.values.size
    looks_for_period = period is None and series.missing_ratio <= MAX_MISSING_RATIO
    is_filled = mode in _FILLED_WITHOUT_PERIOD or looks_for_period or (period or 0) > 1
    return series.grid_length if is_filled else series.values.size


def impute(series: Series, mode: ImputeMode, fixed_value: float, period: int) -> FloatArray:
    """Return the series on its whole grid with empty slots filled.

    Parameters
    ----------
    series : Series
    mode : ImputeMode
        Not `NOT_FILL`.
    fixed_value : float
        Value for `FIXED`, in the unit of the series.
    period : int
        Points per season; `AUTO` needs it.

    Returns
    -------
    (grid length,) float64
    """
    grid = np.full(series.grid_length, np.nan)
    grid[series.slots] = series.values
    empty = np.isnan(grid)
    if mode is ImputeMode.AUTO and period > 1:
        grid = _fill_seasonally(empty, series, period)
    elif mode is ImputeMode.PREVIOUS:
        grid = series.values[np.cumsum(~empty) - 1]
    elif mode in (ImputeMode.FIXED, ImputeMode.ZERO):
        grid[empty] = fixed_value if mode is ImputeMode.FIXED else 0.0
    else:
        _fill_linearly(grid, empty)
    return grid


def _fill_linearly(grid: FloatArray, empty: BoolArray) -> None:
    """Interpolate empty slots linearly, in place."""
    slots = np.flatnonzero(empty)
    known = np.flatnonzero(~empty)
    grid[slots] = np.interp(slots, known, grid[known])


def _fill_seasonally(empty: BoolArray, series: Series, period: int) -> FloatArray:
    """Return short gaps filled by a cubic spline, longer ones from other seasons, the rest linearly.

    The service takes points, too, from the spline: they differ from the caller's by its rounding.
    """
    spline = cubic_through(series.slots, series.values)
    grid = np.where(empty, np.nan, spline)
    before = np.flatnonzero(np.diff(series.slots) > 1)
    length = np.diff(series.slots)[before] - 1
    short = (length <= CUBIC_GAP_LENGTH) & (length <= period / CUBIC_GAP_SEASON_SHARE)
    if short.any():
        _fill_by_cubic(grid, empty, series, spline, before[short])
    still_empty = np.isnan(grid)
    if still_empty.any():
        _fill_from_seasons(grid, still_empty, period)
    _fill_linearly(grid, np.isnan(grid))
    return grid


def _fill_by_cubic(
    grid: FloatArray, empty: BoolArray, series: Series, spline: FloatArray, before: IntArray
) -> None:
    """Fill the gaps behind some points by the spline, or linearly where that leaves monotone neighbours."""
    starts, ends = series.slots[before] + 1, series.slots[before + 1] - 1
    length = ends - starts + 1
    gap = np.repeat(np.arange(before.size), length)
    place = np.arange(gap.size) - (np.cumsum(length) - length)[gap]
    slots = starts[gap] + place
    low, high, monotone = _neighbour_range(grid, empty, starts, ends)
    outside = (spline[slots] < low[gap]) | (spline[slots] > high[gap])
    leaves = np.bincount(gap, weights=outside) > 0
    first, rise = series.values[before], series.values[before + 1] - series.values[before]
    straight = first[gap] + rise[gap] * ((place + 1) * (1.0 / (length + 1))[gap])
    filled = np.where((leaves & monotone)[gap], straight, spline[slots])
    grid[slots] = np.clip(filled, series.values.min(), series.values.max())


def _neighbour_range(
    grid: FloatArray, empty: BoolArray, starts: IntArray, ends: IntArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the range of the two points before and after each gap, and whether they are monotone.

    The service ignores the first point of the grid, and needs three neighbours to call them monotone.
    """
    around = np.stack([starts - 2, starts - 1, ends + 1, ends + 2])
    inside = (around > 0) & (around < grid.size)
    around = np.where(inside, around, 0)
    known = inside & ~empty[around]
    values = np.where(known, grid[around], np.nan)
    rising = np.ones(starts.size, dtype=np.bool_)
    falling = rising.copy()
    previous = values[0]
    for value in values[1:]:
        rising &= ~(value < previous)
        falling &= ~(value > previous)
        previous = np.where(np.isnan(value), previous, value)
    low = np.where(known, values, np.inf).min(axis=0)
    high = np.where(known, values, -np.inf).max(axis=0)
    return low, high, (known.sum(axis=0) > 2) & (rising | falling)


def _fill_from_seasons(grid: FloatArray, empty: BoolArray, period: int) -> None:
    """Fill empty slots by a weighted mean of the same phase up to three seasons away, in place."""
    slots = np.flatnonzero(empty)
    before = _phase_values(grid, empty, slots, -period)
    after = _phase_values(grid, empty, slots, period)
    # From far left to far right, the order in which the service adds.
    found = np.concatenate((before[::-1], after))
    shares = np.concatenate((_shares(before)[::-1], _shares(after)))
    weight = shares.sum(axis=0)
    known = weight > 0.0
    total = (shares * np.nan_to_num(found)).sum(axis=0)
    grid[slots[known]] = total[known] / weight[known]


def _shares(found: FloatArray) -> FloatArray:
    """Return the weight of each probe, near to far; probes that found something take the first weights."""
    rank = np.cumsum(~np.isnan(found), axis=0) - 1
    return np.where(np.isnan(found), 0.0, np.asarray(SEASON_WEIGHTS)[rank])


def _phase_values(grid: FloatArray, empty: BoolArray, slots: IntArray, step: int) -> FloatArray:
    """Return the values of three probes from each slot in steps of `step`: (3, slots), NaN if empty.

    A probe that lands in an empty run has no value, and the next one starts beyond that run.
    """
    index = np.arange(grid.size)
    if step < 0:
        run_end = np.maximum.accumulate(np.where(empty, -1, index))
    else:
        run_end = np.minimum.accumulate(np.where(empty, grid.size, index)[::-1])[::-1]
    found = np.full((3, slots.size), np.nan)
    position = slots + step
    for probe in range(3):
        inside = (position >= 0) & (position < grid.size)
        here = np.where(inside, position, 0)
        found[probe] = np.where(inside, grid[here], np.nan)
        # Whole steps from the probe to the first one past its empty run.
        jump = np.where(inside & empty[here], np.abs(run_end[here] - here) - 1, 0) // abs(step) + 1
        position = position + jump * step
    return found
