"""The order of points in time: newest first is reversed, any other order is sorted or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError

NEWEST_FIRST: Final = "the newest stood first; put in time order"
SORTED: Final = "put in time order"


def in_time_order(
    times: IntArray, error: Callable[[str, int, str | None], SeriesFileError], *, sort: bool
) -> tuple[IntArray, str | None]:
    """Return the order of points in time, and a note if it is not that of the file.

    Parameters
    ----------
    times : (n,) int64
        The times in the order of the file.
    error
        Makes the error of a point from what is wrong, the point, and the option that helps.
    sort
        Whether the points may be in any order.

    Raises
    ------
    SeriesFileError
        If a time occurs twice, or if points are out of order and `sort` is False.
    """
    later, earlier = times[1:] > times[:-1], times[1:] < times[:-1]
    order = np.arange(times.size, dtype=np.int64)
    note = None
    if earlier.any() and not later.any():
        order, note = order[::-1], NEWEST_FIRST
    elif earlier.any() and sort:
        order, note = np.argsort(times, kind="stable"), SORTED
    _check(times, order, error)
    return order, note


def _check(
    times: IntArray, order: IntArray, error: Callable[[str, int, str | None], SeriesFileError]
) -> None:
    ordered = times[order]
    wrong = np.flatnonzero(ordered[1:] <= ordered[:-1])
    if not wrong.size:
        return
    point = int(wrong[0]) + 1
    if ordered[point] == ordered[point - 1]:
        at = max(int(order[point]), int(order[point - 1]))
        reason = "the timestamp is there twice; keep one of the two, or tell several series apart with --by"
        raise error(reason, at, "--by")
    reason = "the timestamp is before the one above; sort the file, or use --sort"
    raise error(reason, int(order[point]), "--sort")
