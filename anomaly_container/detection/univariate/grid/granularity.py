"""Grid slots of timestamps, and properties that depend only on the granularity."""

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
    """Return the grid slot of each timestamp and the index of the first that lies off the grid.

    Seconds to weeks: (t - t_0) / step, which must be a whole number. Months and years: the difference of the
    calendar; the days of the month must agree, unless the lower of the two is the last day of its month.
    `Granularity.MICROSECOND` counts milliseconds, as the service does.

    Parameters
    ----------
    timestamps : (n,) int64
        Nanoseconds since 1970-01-01 UTC, strictly ascending; with `Granularity.NONE` their values are
        ignored.
    granularity : Granularity
        Unit of the grid step.
    interval : int
        Units of `granularity` from one slot to the next, at least 1.

    Returns
    -------
    slots : (n,) int64
        0 for the first timestamp; undefined from the first off-grid one on.
    first_off_grid : int
        Index of the first timestamp between two slots or on a slot already taken; -1 if all have their own.

    Raises
    ------
    IndexError
        If there are no timestamps, and the granularity is milliseconds, months or years.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.univariate import Granularity, grid_slots
    >>> hour = 3_600_000_000_000
    >>> grid_slots(np.array([0, hour, 3 * hour]), Granularity.HOURLY, 1)
    (array([0, 1, 3]), -1)
    >>> grid_slots(np.array([0, hour, 3 * hour]), Granularity.HOURLY, 3)[1]
    1
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
    """Divide the time since the first point by a step in seconds, in float seconds as the service does."""
    # Unsigned, since the span of int64 nanoseconds does not fit into int64.
    elapsed = timestamps.view(np.uint64) - timestamps[:1].view(np.uint64)
    position = elapsed.astype(np.float64) / _NANOSECONDS / step
    steps = np.floor(position)
    return steps.astype(np.int64), position == steps


def _millisecond_steps(timestamps: IntArray, interval: int) -> tuple[IntArray, BoolArray]:
    """Count steps of `interval` milliseconds; the service's `microsecond` is a millisecond."""
    # Rounded towards zero: the service truncates to whole milliseconds.
    milliseconds = np.abs(timestamps) // _NANOSECONDS_PER_MILLISECOND * np.sign(timestamps)
    steps, rest = np.divmod(milliseconds - milliseconds[0], interval)
    return steps, rest == 0


def _calendar_steps(
    timestamps: IntArray, granularity: Granularity, interval: int
) -> tuple[IntArray, BoolArray]:
    """Count months or years; the days must agree, unless the lower of the two is the last of its month."""
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
    """Return the number of points to send with the next call of `last`."""
    return 4 * period + 1 if period else DEFAULT_WINDOW[granularity] + 1


def is_dense(granularity: Granularity, interval: int) -> bool:
    """Return whether points are close enough in time for the spectral residual detector."""
    return (granularity is Granularity.MINUTELY and interval < 60) or (
        granularity is Granularity.SECONDLY and interval < 3600
    )
