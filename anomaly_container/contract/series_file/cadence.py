"""Which granularity and interval the timestamps of a series keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from anomaly_container.contract.series_file.reading import place
from anomaly_container.contract.series_file.errors import SeriesFileError as FileError
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.limits import MAX_INT32
from anomaly_container.contract.timestamps import to_nanoseconds
from anomaly_container.detection import Granularity, grid_slots

if TYPE_CHECKING:
    from anomaly_container.contract.question import Question
    from anomaly_container.detection.types import IntArray

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
# Below this share of neighbours one step apart, the common divisor of the distances is no rhythm.
_LEAST_NEIGHBOURS: Final = 0.5


class Cadence(NamedTuple):
    """The distance from one point to the next: `interval` units of `granularity`."""

    granularity: Granularity
    interval: int
    reason: str


def in_time_order(question: Question) -> Question:
    """Return the question with its points sorted by time; points at one time keep their order."""
    times = times_of(question)
    return question if times is None else question.in_order(np.argsort(times, kind="stable").tolist())


def times_of(question: Question) -> IntArray | None:
    """Return the times : (n,) int64 nanoseconds, or None where a point has no timestamp.

    Raises
    ------
    FileError
        If a timestamp cannot be read.
    """
    stamps = question.stamps()
    if stamps is None:
        return None
    try:
        return to_nanoseconds(stamps)
    except ContractError:
        bad = next((index for index, stamp in enumerate(stamps) if not _is_readable(stamp)), 0)
        reason = f"{place(question, bad)}: the timestamp is not ISO 8601"
        raise FileError(reason) from None


def _is_readable(stamp: str) -> bool:
    try:
        to_nanoseconds([stamp])
    except ContractError:
        return False
    return True


def cadence(question: Question) -> Cadence:
    """Guess the granularity of a series.

    Raises
    ------
    FileError
        If two points have one time, or they are not in time order.
    """
    times = times_of(question)
    if times is None or times.size < 2:
        return Cadence(Granularity.NONE, 1, "no timestamps")
    steps = np.diff(times)
    wrong = np.flatnonzero(steps <= 0)
    if wrong.size:
        where = place(question, int(wrong[0]) + 1)
        if steps[wrong[0]] == 0:
            reason = f"{where}: the timestamp is there twice; keep one of the two"
        else:
            reason = f"{where}: the timestamp is before the one above; sort the file, or use --sort"
        raise FileError(reason)
    return _calendar(times, steps) or _fixed(steps)


def _calendar(times: IntArray, steps: IntArray) -> Cadence | None:
    """Return months or years where all points are such apart."""
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
        return Cadence(Granularity.MONTHLY, months, _share(apart == months))
    return Cadence(Granularity.YEARLY, months // 12, _share(apart == months))


def _fixed(steps: IntArray) -> Cadence:
    step = int(np.gcd.reduce(steps))
    neighbours = steps == step
    if step % _MILLISECOND:
        return Cadence(Granularity.NONE, 1, "the timestamps are not whole milliseconds apart")
    if neighbours.mean() < _LEAST_NEIGHBOURS:
        return Cadence(Granularity.NONE, 1, "the timestamps are irregular")
    milliseconds = step // _MILLISECOND
    granularity, unit = next((name, unit) for name, unit in _UNITS if milliseconds % unit == 0)
    if milliseconds // unit > MAX_INT32:
        return Cadence(Granularity.NONE, 1, "the timestamps are too far apart")
    return Cadence(granularity, milliseconds // unit, _share(neighbours))


def _share(neighbours: np.typing.NDArray[np.bool_]) -> str:
    gaps = int(np.count_nonzero(~neighbours))
    return "every step alike" if not gaps else f"{gaps:,} {'gap' if gaps == 1 else 'gaps'}"
