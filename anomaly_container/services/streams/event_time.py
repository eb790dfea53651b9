"""Times of events, in the many forms in which they are written."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta, timezone
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.streams.zones import Zone

ABSENT: Final = nan
"""The value of a time that is absent."""
UNREADABLE: Final = inf
"""The value of a time that cannot be read."""
UNITS: Final = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Bounds, and the units in a second: a number below a bound is in its unit."""
EARLIEST: Final = -62_000_000_000.0
"""In the year 5; the calendar begins with the year 1."""
EXACT: Final = 9e9
"""Up to here, in the year 2255, microseconds are exact as a float."""
_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{0,40})?", re.ASCII)
_LOG: Final = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_DIGITS: Final = b"0123456789"
_WHOLE_SECONDS: Final = len("2026-01-02T03:04:05Z")
_MARKS: Final = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
_MONTHS: Final = {name: number for number, name in enumerate(calendar.month_abbr) if name}


class TimeReader:
    """Reads times.

    Parameters
    ----------
    zone
        The zone of a time without an offset.
    """

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def column(self, values: Sequence[object]) -> FloatArray:
        """Return the seconds since 1970 of each value, `ABSENT` or `UNREADABLE`.

        Parameters
        ----------
        values
            Numbers, texts, and None if absent.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        kinds = set(map(type, values))
        if kinds == {str}:
            texts = cast("Sequence[str]", values)
            column = _iso_in_utc(texts)
            return np.array([self._text(text) for text in texts]) if column is None else column
        if kinds and kinds <= {int, float}:
            return _in_seconds(np.array(values, dtype=np.float64))
        return np.array([self.one(value) for value in values], dtype=np.float64)

    def one(self, value: object) -> float:
        """Return the seconds since 1970 of a value, `ABSENT` or `UNREADABLE`.

        Parameters
        ----------
        value
            A number, a text or None. True and false are not times.
        """
        if value is None or isinstance(value, bool):
            return ABSENT
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float):
            return _number(float(value))
        if isinstance(value, datetime):  # of a table
            return self._checked(value)
        return UNREADABLE

    def _text(self, text: str) -> float:
        if text[4:5] != "-":  # 20260101 is a number
            return self._other(text.strip())
        try:
            return self._checked(datetime.fromisoformat(text))
        except ValueError:
            return self._other(text.strip())

    def _other(self, text: str) -> float:
        if _NUMBER.fullmatch(text):
            return _number(float(text))
        try:
            return self._checked(_log_time(text) or datetime.fromisoformat(text))
        except ValueError:
            return UNREADABLE

    def _checked(self, found: datetime) -> float:
        seconds = self._zone.since_epoch(found) if found.tzinfo is None else found.timestamp()
        return seconds if seconds >= EARLIEST else UNREADABLE


def _iso_in_utc(texts: Sequence[str]) -> FloatArray | None:
    """Return times that are all written as `2026-01-02T03:04:05.678Z`, much faster than one by one.

    None if one of them is written in another way.
    """
    size = len(texts[0])
    whole = "".join(texts)
    marks = {**_MARKS, size - 1: "Z"} | ({} if size == _WHOLE_SECONDS else {19: "."})
    is_iso = (
        size in {_WHOLE_SECONDS, _WHOLE_SECONDS + 4, _WHOLE_SECONDS + 7}
        and set(map(len, texts)) == {size}
        and all(set(whole[place::size]) == {mark} for place, mark in marks.items())
        # Everything else is a digit, since numpy accepts more than that.
        and whole.isascii()
        and len(whole.encode().translate(None, _DIGITS)) == len(texts) * len(marks)
    )
    if not is_iso:
        return None
    try:
        times = np.array([text[:-1] for text in texts], dtype="datetime64[us]")
    except ValueError:
        return None
    seconds = times.view(np.int64) / 1e6
    return seconds if np.abs(seconds).max() < EXACT else None


def _log_time(text: str) -> datetime | None:
    parts = _LOG.fullmatch(text)
    if parts is None or parts[2] not in _MONTHS:
        return None
    offset = timedelta(hours=int(parts[8]), minutes=int(parts[9]))
    zone = timezone(-offset if parts[7] == "-" else offset)
    day, year, hour, minute, second = (int(parts[place]) for place in (1, 3, 4, 5, 6))
    return datetime(year, _MONTHS[parts[2]], day, hour, minute, second, tzinfo=zone)


def _number(number: float) -> float:
    if isnan(number):
        return UNREADABLE
    for bound, divisor in UNITS:
        if abs(number) < bound:
            return number / divisor if number / divisor >= EARLIEST else UNREADABLE
    return UNREADABLE


def _in_seconds(numbers: FloatArray) -> FloatArray:
    sizes = np.abs(numbers)
    places = np.searchsorted([bound for bound, _ in UNITS], sizes, side="right")
    divisors = np.array([*(divisor for _, divisor in UNITS), 1.0])
    seconds = numbers / divisors[places]
    seconds[(places == len(UNITS)) | np.isnan(numbers) | (seconds < EARLIEST)] = UNREADABLE
    return np.asarray(seconds, dtype=np.float64)
