"""A long channel shown by few points: the least and the largest value of each stretch, and a flagged one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

MOST_POINTS: Final = 10_000
POINTS_OF_A_STRETCH: Final = 3


@dataclass(slots=True)
class Point:
    """A value in its row."""

    row: int
    time: str
    value: float
    is_flagged: bool


class Stretches:
    """Values that come row by row, of which a bounded number is kept.

    While there are few, all are. Then stretches of equal length stand for their rows. Whenever there are too
    many of them, two neighbours become one: the length doubles, and is the same from the first row to the
    last.

    Parameters
    ----------
    most
        The most points.

    Attributes
    ----------
    rows
        The rows so far.
    """

    def __init__(self, most: int) -> None:
        self.rows = 0
        self._most = most
        self._all: list[Point] = []
        self._length = 1
        self._stretches: list[list[Point]] = []
        self._least, self._largest = math.inf, -math.inf

    def add(self, time: str, value: float, *, is_flagged: bool) -> None:
        """Add the next row; one without a value is shown only if all rows are."""
        if self.rows < self._most:
            self._all.append(Point(self.rows, time, value, is_flagged))
        if self.rows == self._length * len(self._stretches):
            self._stretches.append([])
            self._least, self._largest = math.inf, -math.inf
        # Most rows are skipped here, and those without a value, which compare as False.
        if value < self._least or value > self._largest or (is_flagged and not math.isnan(value)):
            self._least, self._largest = min(value, self._least), max(value, self._largest)
            point = Point(self.rows, time, value, is_flagged)
            self._stretches[-1] = _chosen([*self._stretches[-1], point])
        self.rows += 1
        if len(self._stretches) > max(1, self._most // POINTS_OF_A_STRETCH):
            self._double()

    def points(self) -> list[dict[str, Any]]:
        """Return the points in the order of their rows."""
        kept = self._all
        if self.rows > self._most:
            kept = [point for stretch in self._stretches for point in stretch][: self._most]
        return [
            {"row": one.row, "time": one.time, "value": one.value, "flag": one.is_flagged} for one in kept
        ]

    def _double(self) -> None:
        self._length *= 2
        pairs = zip(self._stretches[::2], [*self._stretches[1::2], []], strict=False)
        self._stretches = [_chosen([*one, *other]) for one, other in pairs]
        values = [point.value for point in self._stretches[-1]]
        self._least, self._largest = min(values, default=math.inf), max(values, default=-math.inf)


def _chosen(points: list[Point]) -> list[Point]:
    """Return the points that stand for all: the least, the largest, and the largest that is flagged."""
    if len(points) < 2:
        return points
    least, largest = min(points, key=_value), max(points, key=_value)
    flagged = max((one for one in points if one.is_flagged), key=_value, default=least)
    return sorted({one.row: one for one in (least, largest, flagged)}.values(), key=_row)


def _value(point: Point) -> float:
    return point.value


def _row(point: Point) -> int:
    return point.row
