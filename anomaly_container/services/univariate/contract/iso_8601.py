"""Timestamps of the ISO 8601 family as nanoseconds since 1970, a whole series at a time.

The family is what ``pandas.to_datetime`` reads without guessing: ``T`` or a space between date and time,
with or without separators, a fraction, and ``Z``, an offset or nothing (UTC) at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from anomaly_container.services.univariate.contract.errors import MALFORMED_POINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

Bytes: TypeAlias = npt.NDArray[np.uint8]

_TWO: Final = r"(?:[0-9]{2}|[0-9](?![0-9]))"
ISO_8601: Final = re.compile(
    rf"""
    (?P<year>[0-9]{{4}})
    (?:(?P<dash>[-/.\ ]|(?=[0-9]{{4}}(?![0-9])))(?P<month>{_TWO})
      (?:(?P=dash)(?P<day>{_TWO})
        (?:[Tt\ ](?P<hour>{_TWO})
          (?:(?P<colon>:|(?=(?:[0-9]{{2}}){{1,2}}(?![0-9])))(?P<minute>{_TWO})
            (?:(?P=colon)(?P<second>{_TWO})(?:[.,](?P<fraction>[0-9]{{1,18}}))?)?
          )?
          (?:\ *(?:[Zz]|UTC|GMT|(?P<sign>[+-])(?P<offset_hours>{_TWO})(?::?(?P<offset_minutes>[0-9]{{2}}))?))?
        )?
      )?
    )?""",
    re.VERBOSE,
)
# More digits are below a nanosecond; pandas drops them.
_COUNTED_FRACTION_DIGITS: Final = 9

# Terminates every text when a series is arranged in rows of one width; no accepted layout contains it.
_END: Final = "\0"
# Timestamps that are read together: few enough for the caches, enough to make the cost of calls negligible.
_ROWS: Final = 2048
# Longer texts are not of the family or have spaces around them; this bounds the cache of layouts.
_MAX_LAYOUT: Final = 64
_ZERO_FOR_DIGITS: Final = str.maketrans("123456789", "000000000")
_NINE_FOR_ZERO: Final = bytes(9 if code == ord("0") else 0 for code in range(256))
# The largest first digits; the other rules of the calendar are checked on the numbers.
_LARGEST_TENS: Final = {"month": 1, "day": 3, "hour": 2, "minute": 5, "second": 5, "offset_minutes": 5}
_PLUS_TO_MINUS: Final = ord("+") ^ ord("-")

_MONTHS: Final = np.arange(np.datetime64("1677-09"), np.datetime64("2262-06"))
_MONTH_STARTS: Final = _MONTHS.astype("datetime64[D]").astype(np.int64)
_MONTH_LENGTHS: Final = np.diff(_MONTH_STARTS).astype(np.float64)
_FIRST_MONTH: Final = 1677 * 12 + 9
_DAY: Final = 86_400
# The base to which a day of the month, counted from 1, is added.
_MONTH_SECONDS: Final = (_MONTH_STARTS[:-1] - 1.0) * _DAY
_LARGEST_MONTH: Final = 12.0
_LARGEST_HOUR: Final = 23.0


def read_iso_8601(stamps: Sequence[Any]) -> IntArray | None:
    """Read timestamps that have the same layout.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        Timestamps as in the JSON body.

    Returns
    -------
    (n,) int64 or None
        Nanoseconds since 1970-01-01T00:00:00Z; None if they are not of the family, or if one of those that
        are read together has another layout than the first of them.

    Raises
    ------
    ContractError
        If one of them is not a string, is not a time of the calendar, or is outside the range of 64-bit
        nanoseconds (1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z).
    """
    if len(stamps) <= _ROWS:
        return _read(stamps)
    times = []
    for start in range(0, len(stamps), _ROWS):
        part = _read(stamps[start : start + _ROWS])
        if part is None:
            return None
        times.append(part)
    return np.concatenate(times)


def _read(stamps: Sequence[Any]) -> IntArray | None:
    """Read the timestamps of one table; None if their layouts differ."""
    try:
        joined = _END.join(stamps)
    except TypeError:
        raise MALFORMED_POINT.error() from None
    first, count = stamps[0], len(stamps)
    if len(joined) != count * (len(first) + 1) - 1 or len(first) > _MAX_LAYOUT:
        return None
    layout = _layout(first.translate(_ZERO_FOR_DIGITS))
    if layout is None:
        return None
    # Characters outside ASCII, including lone surrogates, become "?", which no layout has.
    text = np.frombuffer((joined + _END).encode("ascii", "replace"), np.uint8)
    digits = text ^ np.frombuffer(layout.row * count, np.uint8)
    if (digits > np.frombuffer(layout.largest * count, np.uint8)).any():
        return None
    return _instants(layout, digits.reshape(count, -1))


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The layout of the texts of a series. Each of their numbers is a weighted sum of their digits.

    Attributes
    ----------
    row
        A text whose digits are all 0, and the terminator. A text differs from it by its digits, and by 6 if
        the sign of its offset is a minus.
    largest
        The largest difference of each character.
    weights : (k, width) float64
        Weights of the months since year 0, the seconds of the month (its first day counts as one), month, day
        and hour; then of hours, minutes and sign of an offset, and last of nanoseconds, if there are any.
    absent : (k, 1) float64 or None
        What to add if month or day are left out.
    has_offset, has_fraction
        Whether the texts have an offset or a fraction.
    """

    row: bytes
    largest: bytes
    weights: FloatArray
    absent: FloatArray | None
    has_offset: bool
    has_fraction: bool


@lru_cache(maxsize=256)
def _layout(zeros: str) -> _Layout | None:
    """Return the layout of a text whose digits are all 0, or None if the layout is not accepted."""
    match = ISO_8601.fullmatch(zeros)
    if match is None:
        return None
    row = bytearray((zeros + _END).encode())
    largest = bytearray(row.translate(_NINE_FOR_ZERO))
    for field, digit in _LARGEST_TENS.items():
        start, end = match.span(field)
        if end - start == 2:
            largest[start] = digit
    year, month, day, hour, minute, second = (
        _place_values(match, field) for field in ("year", "month", "day", "hour", "minute", "second")
    )
    weights = [12 * year + month, _DAY * day + 3600 * hour + 60 * minute + second, month, day, hour]
    sign = match.start("sign")
    if sign >= 0:
        row[sign] = ord("+")
        largest[sign] = _PLUS_TO_MINUS
        at_sign = (np.arange(len(row)) == sign).astype(np.float64)
        weights += [_place_values(match, "offset_hours"), _place_values(match, "offset_minutes"), at_sign]
    if match["fraction"] is not None:
        weights.append(_place_values(match, "fraction"))
    absent = None
    if match["day"] is None:
        absent = np.zeros((len(weights), 1))
        absent[[1, 3], 0] = _DAY, 1.0
        absent[[0, 2], 0] = float(match["month"] is None)
    return _Layout(
        bytes(row), bytes(largest), np.array(weights), absent, sign >= 0, match["fraction"] is not None
    )


def _place_values(match: re.Match[str], field: str) -> FloatArray:
    """Return the place value of each character for a field: (width,) float64, 0 outside the field."""
    values = np.zeros(len(match[0]) + 1)
    start, end = match.span(field)
    digits = min(end - start, _COUNTED_FRACTION_DIGITS)
    values[start : start + digits] = 10.0 ** np.arange(digits - 1, -1, -1)
    return values * 10.0 ** (_COUNTED_FRACTION_DIGITS - digits) if field == "fraction" else values


def _instants(layout: _Layout, digits: Bytes) -> IntArray:
    """Return the nanoseconds of every row of digits : (n,) int64."""
    # All sums are integers far below 2^53, so the order of summation does not matter.
    numbers = layout.weights @ digits.astype(np.float64).T
    if layout.absent is not None:
        numbers += layout.absent
    months, seconds, month, day, hour, *others = numbers
    _refuse_if(month.max() > _LARGEST_MONTH or month.min() < 1.0 or day.min() < 1.0)
    index = months.astype(np.int64) - _FIRST_MONTH
    _refuse_if(index.min() < 0 or index.max() >= _MONTH_LENGTHS.size)
    _refuse_if((day > _MONTH_LENGTHS[index]).any() or hour.max() > _LARGEST_HOUR)
    seconds += _MONTH_SECONDS[index]
    if layout.has_offset:
        hours, minutes, sign = others[:3]
        _refuse_if(hours.max() > _LARGEST_HOUR or (sign * (_PLUS_TO_MINUS - sign)).any())
        seconds -= (1.0 - sign * (2.0 / _PLUS_TO_MINUS)) * (3600.0 * hours + 60.0 * minutes)
    whole = seconds.astype(np.int64)
    nanoseconds: IntArray = whole * 1_000_000_000
    if layout.has_fraction:
        nanoseconds += others[-1].astype(np.int64)
    # A product that overflows changes its sign: the months that are read reach no further.
    _refuse_if(((nanoseconds ^ whole) < 0).any())
    return nanoseconds


def _refuse_if(wrong: bool | np.bool_) -> None:
    if wrong:
        raise MALFORMED_POINT.error()
