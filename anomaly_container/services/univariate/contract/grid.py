"""The placement of points on the grid, and the checks that need the whole series."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    ImputeMode,
    Options,
    Series,
    grid_slots,
)
from anomaly_container.services.univariate.contract.errors import (
    DUPLICATED_TIMESTAMP,
    INVALID_STABLE_TREND_WINDOW,
    NOT_SORTED,
    OFF_GRID,
    PERIOD_TOO_LONG,
    TOO_MANY_GAPS,
)
from anomaly_container.services.univariate.contract.limits import MAX_MISSING_RATIO

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


def place_on_grid(values: FloatArray, times: IntArray, granularity: Granularity, interval: int) -> Series:
    """Return a series whose points have their slots on the grid.

    Parameters
    ----------
    values : (n,) float64
        The values.
    times : (n,) int64
        Nanoseconds since 1970.
    granularity, interval
        The grid step is `interval` units of `granularity`.

    Raises
    ------
    ContractError
        If the times do not ascend (the first such pair decides whether they are unsorted or duplicated), or
        if a point has no slot of its own on the grid that begins at the first point.
    """
    descents = np.flatnonzero(times[1:] <= times[:-1])
    if descents.size:
        first = descents[0]
        raise (DUPLICATED_TIMESTAMP if times[first] == times[first + 1] else NOT_SORTED).error()
    slots, off_grid = grid_slots(times, granularity, interval)
    if off_grid >= 0:
        raise OFF_GRID.error(index=off_grid, granularity=granularity, interval=interval)
    return Series(values, slots)


def check_lengths(series: Series, options: Options | ChangePointOptions) -> None:
    """Check the length of the series against the options.

    Parameters
    ----------
    series
        The points on their grid.
    options
        The options of the request.

    Raises
    ------
    ContractError
        If the series is shorter than two given periods and one point, if more than half of the slots of a
        seasonal series are empty, or if the window of a stable trend is not shorter than half of the series.
    """
    points = series.values.size
    period = options.period or 0
    if isinstance(options, ChangePointOptions):
        # Detection of change points does not fill gaps.
        _check_period(points, period)
        window = options.stable_trend_window
        if window is not None and 2 * window >= points:
            raise INVALID_STABLE_TREND_WINDOW.error()
        return
    is_filled = options.impute_mode is not ImputeMode.NOT_FILL
    _check_period(series.grid_length if is_filled else points, period)
    if period > 1 and series.missing_ratio > MAX_MISSING_RATIO:
        raise TOO_MANY_GAPS.error(needed=ceil(series.grid_length * (1 - MAX_MISSING_RATIO)), points=points)


def _check_period(length: int, period: int) -> None:
    if length < 2 * period + 1:
        raise PERIOD_TOO_LONG.error()
