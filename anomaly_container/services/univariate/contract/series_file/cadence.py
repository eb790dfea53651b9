"""The cadence of timestamps: their granularity and interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from anomaly_container.detection.univariate import Granularity, grid_slots
from anomaly_container.services.univariate.contract.limits import MAX_INT32

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import IntArray

_MILLISECOND: Final = 1_000_000
_UNITS: Final = (
    (Granularity.WEEKLY, 604_800_000),
    (Granularity.DAILY, 86_400_000),
    (Granularity.HOURLY, 3_600_000),
    (Granularity.MINUTELY, 60_000),
    (Granularity.SECONDLY, 1_000),
    # The service's microsecond is a millisecond.
    (Granularity.MICROSECOND, 1),
)
_SHORTEST_MONTH: Final = 28 * 86_400_000 * _MILLISECOND
# If a smaller share of neighbours is one step apart, the timestamps are irregular.
_LEAST_NEIGHBOURS: Final = 0.5


class Cadence(NamedTuple):
    """The distance from one point to the next: `interval` units of `granularity`."""

    granularity: Granularity
    interval: int
    reason: str


def cadence(times: IntArray | None) -> Cadence:
    """Guess the granularity of a series.

    Parameters
    ----------
    times : (n,) int64 or None
        Nanoseconds, strictly ascending; None for points without timestamps.
    """
    if times is None or times.size < 2:
        return Cadence(Granularity.NONE, 1, "no timestamps")
    steps = np.diff(times)
    # The difference overflows if a span is longer than 2^63 nanoseconds.
    if (steps <= 0).any():
        return Cadence(Granularity.NONE, 1, "the timestamps are too far apart")
    return _calendar(times, steps) or _fixed(steps)


def _calendar(times: IntArray, steps: IntArray) -> Cadence | None:
    """Return months or years, if all points are whole months apart."""
    if steps.min() < _SHORTEST_MONTH:
        return None
    slots, off_grid = grid_slots(times, Granularity.MONTHLY, 1)
    if off_grid >= 0:
        return None
    apart = np.diff(slots)
    months = int(np.gcd.reduce(apart))
    if np.mean(apart == months) < _LEAST_NEIGHBOURS:
        return None
    if months % 12:
        return Cadence(Granularity.MONTHLY, months, _share(apart, months))
    return Cadence(Granularity.YEARLY, months // 12, _share(apart, months))


def _fixed(steps: IntArray) -> Cadence:
    step = int(np.gcd.reduce(steps))
    if step % _MILLISECOND:
        return Cadence(Granularity.NONE, 1, "the timestamps are not whole milliseconds apart")
    if np.mean(steps == step) < _LEAST_NEIGHBOURS:
        return Cadence(Granularity.NONE, 1, "the timestamps are irregular")
    milliseconds = step // _MILLISECOND
    granularity, unit = next((name, unit) for name, unit in _UNITS if milliseconds % unit == 0)
    if milliseconds // unit > MAX_INT32:
        return Cadence(Granularity.NONE, 1, "the timestamps are too far apart")
    return Cadence(granularity, milliseconds // unit, _share(steps, step))


def _share(apart: IntArray, step: int) -> str:
    """Return the number of gaps, and the number of points that are missing in them."""
    gaps = int(np.count_nonzero(apart != step))
    if not gaps:
        return "every step alike"
    missing = int((apart // step - 1).sum())
    return f"{_counted(gaps, 'gap')}, {_counted(missing, 'point')} missing"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
