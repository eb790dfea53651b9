"""The course of score and response time within a minute, as a chart shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

MOST_POINTS: Final = 33
"""The largest number of points of a minute; an hour has at most 1,980."""
COLUMN_SECONDS: Final = 5

Point = tuple[float, float | None, float]
"""Time, response time, score."""
Column = tuple[float | None, float | None, float, float]
"""Least and largest response time, least and largest score."""


class Trace:
    """The points of a minute if there are at most 33; least and largest of every 5 seconds if there are more.

    The content depends only on the events, not on the order of merging.

    Attributes
    ----------
    points
        Time, response time (None if missing) and score of each event, in this order; None if too many.
    columns
        By the second at which they begin.
    """

    __slots__ = ("columns", "points")

    def __init__(
        self, points: Iterable[Point] | None = (), columns: Mapping[int, Column] | None = None
    ) -> None:
        self.points = None if points is None else sorted(points, key=_order)
        self.columns = dict(columns or {})

    def merge(self, other: Trace) -> None:
        """Add the events of another part of the minute."""
        for second, column in other.columns.items():
            mine = self.columns.get(second)
            self.columns[second] = column if mine is None else _joined(mine, column)
        if self.points is not None and other.points is not None:
            self.points = sorted([*self.points, *other.points], key=_order)
            if len(self.points) > MOST_POINTS:
                self.points = None
        else:
            self.points = None

    def document(self) -> dict[str, Any]:
        """Return the trace as JSON."""
        if self.points is not None:
            return {"points": self.points}
        return {"columns": [[second, *column] for second, column in sorted(self.columns.items())]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Trace:
        """Read what `document` returned."""
        if "points" not in document:
            return cls(None, {second: tuple(column) for second, *column in document["columns"]})
        points = [(time, response, score) for time, response, score in document["points"]]
        trace = cls()
        for time, response, score in points:
            trace.merge(cls([(time, response, score)], {_second(time): (response, response, score, score)}))
        return trace


def traces(
    times: FloatArray, responses: FloatArray, scores: FloatArray, minutes: IntArray
) -> dict[int, Trace]:
    """Return the trace of each minute.

    Parameters
    ----------
    times, responses, scores
        Of the events, of shape (n,), by time; NaN for a missing response time.
    minutes
        The minute of each.

    Examples
    --------
    >>> import numpy as np
    >>> found = traces(np.array([1.0, 2.0]), np.array([30.0, np.nan]), np.array([0.9, 1.1]), np.array([0, 0]))
    >>> found[0].points, found[0].columns
    ([(1.0, 30.0, 0.9), (2.0, None, 1.1)], {0: (30.0, 30.0, 0.9, 1.1)})
    """
    seconds = (np.floor(times / COLUMN_SECONDS) * COLUMN_SECONDS).astype(np.int64)
    starts = _starts(seconds)
    if not starts:
        return {}
    figures = zip(
        minutes[starts].tolist(),
        seconds[starts].tolist(),
        np.fmin.reduceat(responses, starts).tolist(),
        np.fmax.reduceat(responses, starts).tolist(),
        np.minimum.reduceat(scores, starts).tolist(),
        np.maximum.reduceat(scores, starts).tolist(),
        strict=True,
    )
    columns: dict[int, dict[int, Column]] = {}
    for minute, second, least, most, low, high in figures:
        columns.setdefault(minute, {})[second] = _number(least), _number(most), low, high
    points: dict[int, list[Point]] = {}
    rows = zip(minutes.tolist(), times.tolist(), responses.tolist(), scores.tolist(), strict=True)
    for minute, time, response, score in rows:
        points.setdefault(minute, []).append((time, _number(response), score))
    return {
        minute: Trace(found if len(found) <= MOST_POINTS else None, columns[minute])
        for minute, found in points.items()
    }


def _starts(groups: IntArray) -> list[int]:
    starts: list[int] = np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1)).tolist()
    return starts


def _second(time: float) -> int:
    return int(time // COLUMN_SECONDS) * COLUMN_SECONDS


def _order(point: Point) -> tuple[float, float, float]:
    time, response, score = point
    return time, score, -1.0 if response is None else response


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124  # is not a number


def _joined(one: Column, other: Column) -> Column:
    return (
        _extreme(min, one[0], other[0]),
        _extreme(max, one[1], other[1]),
        min(one[2], other[2]),
        max(one[3], other[3]),
    )


def _extreme(choose: Callable[[list[float]], float], *values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None
