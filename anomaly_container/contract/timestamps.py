"""Timestamp texts to nanoseconds since 1970, a whole series at a time.

The service reads timestamps with ``pandas.to_datetime``; this module accepts the ISO 8601 family of what
pandas accepts: ``T`` or a space between date and time, separators or none, a fraction, ``Z``, an offset or
nothing (UTC) at the end. Layouts that pandas has to guess (month names, day-month orders) are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from anomaly_container.contract.errors import MALFORMED_POINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.types import BoolArray, IntArray

Bytes: TypeAlias = npt.NDArray[np.uint8]

_TWO: Final = r"(?:[0-9]{2}|[0-9](?![0-9]))"
_ISO: Final = re.compile(
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
# Nanoseconds end here; pandas drops the digits behind.
_COUNTED_FRACTION_DIGITS: Final = 9
_WHITE_SPACE: Final = " \t\n\r\v\f"

# Ends every text when a series is laid out in rows of one width; no accepted layout contains it.
_END: Final = "\0"
# Timestamps that are read together: few enough for the caches, and enough that calls of numpy do not count.
_ROWS: Final = 2048
_ZERO_FOR_DIGITS: Final = str.maketrans("123456789", "000000000")
_NINE_FOR_ZERO: Final = bytes(9 if code == ord("0") else 0 for code in range(256))
_PLUS_TO_MINUS: Final = ord("+") ^ ord("-")

_MONTHS: Final = np.arange(np.datetime64("1677-09"), np.datetime64("2262-06"))
_MONTH_STARTS: Final[IntArray] = _MONTHS.astype("datetime64[D]").astype(np.int64)
_MONTH_LENGTHS: Final[IntArray] = np.diff(_MONTH_STARTS)
_FIRST_MONTH: Final = 1677 * 12 + 8


def to_nanoseconds(stamps: Sequence[Any]) -> IntArray:
    """Read the timestamps of a series.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        Timestamps as they came in the JSON body.

    Returns
    -------
    (n,) int64
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    ContractError
        If one of them is not a text, not in an accepted layout, no time of the calendar, or outside what
        64-bit nanoseconds reach (1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z).
    """
    pieces = [_read(stamps[start : start + _ROWS]) for start in range(0, len(stamps), _ROWS)]
    return np.concatenate(pieces)


def _read(stamps: Sequence[Any]) -> IntArray:
    """Read as many timestamps as make one table."""
    try:
        joined = _END.join(stamps)
    except TypeError:
        raise MALFORMED_POINT.error() from None
    layout = _ISO.fullmatch(stamps[0])
    table = None if layout is None else _Table.of(layout, joined, len(stamps))
    if table is None:
        texts = [_canonical(text) for text in stamps]
        layout = _ISO.fullmatch(texts[0])
        table = None if layout is None else _Table.of(layout, _END.join(texts), len(texts))
    if table is None:
        raise MALFORMED_POINT.error()
    return _instants(table)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Texts of one layout under each other.

    Attributes
    ----------
    layout
        Where each field stands in a row.
    width
        Characters of a row.
    digits : (n * width,) uint8
        The digit at each place, 0 where the layout has another character; 6 for the minus of an offset.
    pairs : (n * width,) uint8
        The number that each digit makes with its right neighbour.
    """

    layout: re.Match[str]
    width: int
    digits: Bytes
    pairs: Bytes

    @classmethod
    def of(cls, layout: re.Match[str], joined: str, count: int) -> Self | None:
        """Return the table of `count` texts joined by the end mark, or None if they differ in layout."""
        width = len(layout[0]) + 1
        if len(joined) != count * width - 1:
            return None
        row = bytearray((layout[0].translate(_ZERO_FOR_DIGITS) + _END).encode())
        largest = bytearray(row.translate(_NINE_FOR_ZERO))
        sign = layout.start("sign")
        if sign >= 0:
            row[sign] = ord("+")
            largest[sign] = _PLUS_TO_MINUS
        # Characters that are not ASCII, lone surrogates too, become "?", which no layout has.
        text = np.frombuffer((joined + _END).encode("ascii", "replace"), np.uint8)
        digits = text ^ np.frombuffer(bytes(row) * count, np.uint8)
        if (digits > np.frombuffer(bytes(largest) * count, np.uint8)).any():
            return None
        pairs = digits * 10
        pairs[:-1] += digits[1:]
        return cls(layout, width, digits, pairs)

    def number(self, field: str, absent: int = 0) -> IntArray | int:
        """Return a field of every row : (n,) int64, or `absent` where the layout lacks the field."""
        start, end = self.layout.span(field)
        if start < 0:
            return absent
        end = min(end, start + _COUNTED_FRACTION_DIGITS)
        odd = (end - start) % 2
        value: IntArray = (self.digits if odd else self.pairs)[start :: self.width].astype(np.int64)
        for place in range(start + 2 - odd, end, 2):
            value = value * 100 + self.pairs[place :: self.width]
        return value


def _canonical(text: str) -> str:
    """Return one text in the layout that has every field, so that mixed layouts can be one table."""
    match = _ISO.fullmatch(text.strip(_WHITE_SPACE))
    if match is None:
        raise MALFORMED_POINT.error()
    year, _, month, day, hour, _, minute, second, fraction, sign, offset_hours, offset_minutes = (
        match.groups()
    )
    return (
        f"{year}-{month or '1':0>2}-{day or '1':0>2}"
        f"T{hour or '0':0>2}:{minute or '0':0>2}:{second or '0':0>2}"
        f".{(fraction or '')[:_COUNTED_FRACTION_DIGITS]:0<9}"
        f"{sign or '+'}{offset_hours or '0':0>2}:{offset_minutes or '00'}"
    )


def _instants(table: _Table) -> IntArray:
    """Return the nanoseconds of every row : (n,) int64."""
    month = table.number("month", absent=1)
    day = table.number("day", absent=1)
    hour, minute, second = (table.number(field) for field in ("hour", "minute", "second"))
    index = table.number("year") * 12 + (month - 1 - _FIRST_MONTH)
    _refuse_where((month < 1) | (month > 12) | (index < 0) | (index >= _MONTH_LENGTHS.size))
    _refuse_where((day < 1) | (day > _MONTH_LENGTHS[index]) | (hour > 23) | (minute > 59) | (second > 59))
    seconds = (_MONTH_STARTS[index] + (day - 1)) * 86_400 + (hour * 3600 + minute * 60 + second)
    if table.layout["sign"] is not None:
        seconds -= _offset_seconds(table)
    missing_digits = _COUNTED_FRACTION_DIGITS - len(table.layout["fraction"] or "")
    fraction = table.number("fraction") * 10 ** max(missing_digits, 0)
    nanoseconds: IntArray = seconds * 1_000_000_000 + fraction
    # A product that left 64 bits has wrapped round and changed its sign: the months read reach no further.
    _refuse_where((nanoseconds ^ seconds) < 0)
    return nanoseconds


def _offset_seconds(table: _Table) -> IntArray | int:
    """Return the seconds by which every row's clock is ahead of UTC : (n,) int64."""
    hours = table.number("offset_hours")
    minutes = table.number("offset_minutes")
    sign = table.digits[table.layout.start("sign") :: table.width].astype(np.int64)
    _refuse_where((hours > 23) | (minutes > 59) | (sign % _PLUS_TO_MINUS > 0))
    return (1 - sign // (_PLUS_TO_MINUS // 2)) * (hours * 3600 + minutes * 60)


def _refuse_where(wrong: BoolArray | np.bool_ | bool) -> None:
    if np.any(wrong):
        raise MALFORMED_POINT.error()
