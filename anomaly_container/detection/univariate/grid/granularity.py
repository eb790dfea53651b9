"""Where a timestamp lies on the grid, and what the granularity alone decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.constants import DEFAULT_WINDOW, SECONDS
from anomaly_container.detection.univariate.types import Granularity

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, IntArray

_NANOSECONDS = 1_000_000_000
_NANOSECONDS_PER_MILLISECOND = 1_000_000


def grid_slots(timestamps: IntArray, granularity: Granularity, interval: int) -> tuple[IntArray, int]:
    """Return the grid slot of each timestamp and the index of the first that has none.

    Parameters
    ----------
    timestamps : (n,) int64
        Nanoseconds since 1970-01-01 UTC, strictly ascending; ignored for `Granularity.NONE`.
    granularity : Granularity
    interval : int
        Units of `granularity` from one slot to the next, at least 1.

    Returns
    -------
    slots : (n,) int64
        0 for the first timestamp; meaningless from the first off-grid one on.
    first_off_grid : int
        Index of the first timestamp between two slots, or on a slot already taken; -1 if there is none.
    """
    if granularity is Granularity.NONE:
        return np.arange(timestamps.size, dtype=np.int64), -1
    if granularity in SECONDS:
        steps, on_grid = _fixed_steps(timestamps, SECONDS[granularity] * interval)
    elif granularity is Granularity.MICROSECOND:
        steps, on_grid = _millisecond_steps(timestamps, interval)
    else:
        steps, on_grid = _calendar_steps(timestamps, granularity, interval)
    on_grid[1:] &= steps[1:] > steps[:-1]
    off = np.flatnonzero(~on_grid)
    return steps, int(off[0]) if off.size else -1


def _fixed_steps(timestamps: IntArray, step: int) -> tuple[IntArray, BoolArray]:
    """Divide the time since the first point by a step of `step` seconds, in float seconds as the service."""
    # Unsigned, since the span of int64 nanoseconds does not fit into int64.
    elapsed = timestamps.view(np.uint64) - timestamps[:1].view(np.uint64)
    position = elapsed.astype(np.float64) / _NANOSECONDS / step
    steps = np.floor(position)
    return steps.astype(np.int64), position == steps


def _millisecond_steps(timestamps: IntArray, interval: int) -> tuple[IntArray, BoolArray]:
    """Count steps of `interval` milliseconds; the service's `microsecond` is a millisecond."""
    # Towards zero, as the service cuts off fractions of a millisecond.
    milliseconds = np.abs(timestamps) // _NANOSECONDS_PER_MILLISECOND * np.sign(timestamps)
    steps, rest = np.divmod(milliseconds - milliseconds[0], interval)
    return steps, rest == 0


def _calendar_steps(
    timestamps: IntArray, granularity: Granularity, interval: int
) -> tuple[IntArray, BoolArray]:
    """Count months or years between dates; the day of month must agree, as far as the month has it."""
    moments = timestamps.view("datetime64[ns]")
    months = moments.astype("datetime64[M]")
    days = moments.astype("datetime64[D]")
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    month_length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    is_last = day == month_length
    same_day = (
        (day == day[0]) | (is_last & is_last[0]) | (is_last & (day[0] > day)) | (is_last[0] & (day > day[0]))
    )
    unit = 12 if granularity is Granularity.YEARLY else 1
    steps, rest = np.divmod((months - months[0]).astype(np.int64), unit * interval)
    return steps, same_day & (rest == 0)


def suggested_window(granularity: Granularity, period: int) -> int:
    """Return how many points the next call of `last` should send."""
    return 4 * period + 1 if period else DEFAULT_WINDOW[granularity] + 1


def is_dense(granularity: Granularity, interval: int) -> bool:
    """Tell whether points are so close in time that the spectral residual detector is used."""
    return (granularity is Granularity.MINUTELY and interval < 60) or (
        granularity is Granularity.SECONDLY and interval < 3600
    )
