"""The series detector: each channel as a series in time, by the univariate engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from anomaly_container.services.batches.timestamps import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray
    from anomaly_container.services.batches.scorable import Scorable

LONGEST: Final = 8640
"""The most points of one detection, as for a request to the univariate service."""
STRETCH: Final = LONGEST // 2
"""Rows that are judged by one detection; those before them are its context."""
FEWEST: Final = 12
LARGEST: Final = 1e100
"""The largest value in size that the engine takes; another is a gap."""


@dataclass(frozen=True, slots=True)
class Points:
    """Rows in time.

    Attributes
    ----------
    times
        The seconds since 1970, (n,) float64, ascending.
    values
        The scored columns, (n, C) float64; NaN is a gap.
    """

    times: FloatArray
    values: FloatArray

    @classmethod
    def none(cls, columns: int) -> Self:
        """Return no rows."""
        return cls(np.empty(0), np.empty((0, columns)))

    @classmethod
    def joined(cls, parts: Iterable[Points], columns: int) -> Self:
        """Return the last rows of several parts, in time."""
        found: list[Points] = [cls.none(columns), *parts]
        times = np.concatenate([part.times for part in found])
        order = np.argsort(times, kind="stable")[-LONGEST:]
        return cls(times[order], np.concatenate([part.values for part in found])[order])

    def before(self, time: float, most: int) -> tuple[FloatArray, FloatArray]:
        """Return times and values of the last rows up to a time."""
        end = int(np.searchsorted(self.times, time, side="right"))
        rows = slice(max(0, end - most), end)
        return self.times[rows], self.values[rows]


@dataclass(frozen=True, slots=True)
class SeriesFlags:
    """What the detector found in the n rows of a block.

    Attributes
    ----------
    flags
        The anomalies of each column, (C, n) bool.
    severity
        That of the engine, (C, n) float64: 0 to 1, 0 for a value that is not flagged.
    has_flags
        The columns that were judged, (C,) bool.
    """

    flags: BoolArray
    severity: FloatArray
    has_flags: BoolArray

    def vote(self) -> tuple[BoolArray, FloatArray, IntArray]:
        """Return of each row whether it is flagged, its severity and its column; a flag counts 1 at least."""
        level = np.where(self.flags, np.maximum(self.severity, 1.0), self.severity)
        flags: BoolArray = np.logical_or.reduce(self.flags, axis=0)
        return flags, level.max(axis=0), level.argmax(axis=0)


class SeriesDetector:
    """Judges one table, block by block.

    Parameters
    ----------
    earlier
        The rows before the table.
    columns
        The number of columns.
    time_place
        The place of the time column in the header; None if there is none.
    """

    def __init__(self, earlier: Points, columns: int, time_place: int | None) -> None:
        self._known = earlier
        self._columns = columns
        self._time_place = time_place
        self._last = -np.inf

    def judge(self, part: Scorable) -> SeriesFlags:
        """Judge the rows of the next block.

        Without a time column, and from the first timestamp on that cannot be read or is before the one above
        it, no row has a flag.

        Parameters
        ----------
        part
            The block.
        """
        rows = part.values.shape[0]
        shape = self._columns, rows
        found = SeriesFlags(np.zeros(shape, np.bool_), np.zeros(shape), np.zeros(self._columns, np.bool_))
        times = None if self._time_place is None else seconds(part.block.text(self._time_place))
        if times is None or not is_ordered(times, self._last):
            self._time_place = None
            return found
        self._last = float(times[-1])
        values = np.where(np.abs(part.values) <= LARGEST, part.values, np.nan)
        for start in range(0, rows, STRETCH):
            stretch = slice(start, min(rows, start + STRETCH))
            self._judge(times[stretch], values[stretch], stretch, found)
        return found

    def _judge(self, times: FloatArray, values: FloatArray, rows: slice, found: SeriesFlags) -> None:
        earlier_times, earlier = self._known.before(float(times[0]), LONGEST - times.size)
        known = np.concatenate([earlier, values])
        self._known = Points(np.concatenate([earlier_times, times]), known)
        for column in range(self._columns):
            filled: BoolArray = ~np.isnan(known[:, column])
            if np.count_nonzero(filled) < FEWEST:
                continue
            flags, severity = np.zeros(filled.size, np.bool_), np.zeros(filled.size)
            flags[filled], severity[filled] = _anomalies(known[filled, column])
            found.flags[column, rows] = flags[-times.size :]
            found.severity[column, rows] = severity[-times.size :]
            found.has_flags[column] = True


def _anomalies(values: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Return flag and severity of each value of a series without gaps, whose points are neighbours."""
    # Loaded only if the settings ask for this detector.
    from anomaly_container.detection.univariate import Options, Series, entire  # noqa: PLC0415  # as above

    result = entire(Series.without_gaps(values), Options())
    return result.is_anomaly, np.where(result.is_anomaly, result.severity, 0.0)


def is_ordered(times: FloatArray, last: float = -np.inf) -> bool:
    """Return whether no timestamp is missing or before the one above it."""
    return bool(np.all(np.diff(times, prepend=last) >= 0))
