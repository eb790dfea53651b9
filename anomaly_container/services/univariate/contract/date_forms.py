"""The known forms of timestamps: their names and patterns, and their order of day and month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anomaly_container.services.univariate.contract.iso_8601 import ISO_8601


class DateOrder(StrEnum):
    """Whether the first number of a date such as ``1/2/2025`` is its month or its day."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAME: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
"""A pattern of the name of a month in lower case, or of its abbreviation."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY: Final = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = r"(?P<month>0?[1-9]|1[0-2])"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_NAME: Final = rf"(?P<name>(?i:{MONTH_NAME}))"
_WEEKDAY: Final = (
    r"(?:(?P<weekday>(?i:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)),?\ )?"
)
_CLOCK: Final = (
    r"(?P<hour>[0-9]{1,2})(?=:|\ ?[AaPp])(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,6}))?)?)?(?:\ ?(?P<half>(?i:[ap]m)|[ap]\.m\.))?"
)
_ZONE: Final = (
    r"(?:(?<![Mm.])(?:[Zz]|UTC|GMT)"
    r"|(?P<sign>[+-])(?P<offset_hours>[0-9]{2}|[0-9](?![0-9]))(?::?(?P<offset_minutes>[0-9]{2}))?)"
)
_COMPACT_CLOCK: Final = r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?"
_ORDINAL: Final = r"(?:st|nd|rd|th)?"
_TIME: Final = rf"(?:(?:,?\ |[Tt]){_CLOCK}(?:\ ?{_ZONE})?)?"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of timestamps.

    Attributes
    ----------
    name
        The name of the form in messages.
    pattern
        Matches a text in this form if its white space is single spaces.
    order
        The order that it needs; None if it is read in both.
    """

    name: str
    pattern: re.Pattern[str]
    order: DateOrder | None = None


def _form(name: str, date_: str, order: DateOrder | None = None, *, time: str = _TIME) -> Form:
    return Form(name, re.compile(_WEEKDAY + date_ + time), order)


_COMPACT_DATE: Final = rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})"
FORMS: Final = (
    Form("ISO 8601", ISO_8601),
    _form("month/day/year", rf"{_MONTH}/{_DAY}/{_YEAR}", DateOrder.MONTH_FIRST),
    _form("month-day-year", rf"{_MONTH}-{_DAY}-{_YEAR}", DateOrder.MONTH_FIRST),
    _form("day/month/year", rf"{_DAY}/{_MONTH}/{_YEAR}", DateOrder.DAY_FIRST),
    _form("day-month-year", rf"{_DAY}-{_MONTH}-{_YEAR}", DateOrder.DAY_FIRST),
    # In a date with dots the month is never first.
    _form("day.month.year", rf"{_DAY}\.{_MONTH}\.{_YEAR}", DateOrder.DAY_FIRST),
    _form("day month-name year", rf"{_DAY}{_ORDINAL}(?:\.?\ |[-/.])?{_NAME}\.?(?:,?\ |[-/.])?{_YEAR}"),
    _form("month-name day year", rf"{_NAME}\.?[\ /-]{_DAY}{_ORDINAL}(?:,?\ |[-/]){_YEAR}"),
    _form("month-name day time year", rf"{_NAME}\ {_DAY}\ {_CLOCK}(?:\ {_ZONE})?\ {_YEAR}", time=""),
    _form("year month-name day", rf"{_YEAR}[\ /-]{_NAME}[\ /-]{_DAY}"),
    _form("month-name year", rf"{_NAME}\.?[\ /-]{_YEAR}"),
    _form("month/year", rf"{_MONTH}[/-]{_YEAR}"),
    _form("year-month-day", rf"{_YEAR}(?P<dash>[-/.]){_MONTH}(?P=dash){_DAY}"),
    _form("yyyymmdd", _COMPACT_DATE),
    _form("yyyymmddhhmmss", rf"{_COMPACT_DATE}{_COMPACT_CLOCK}", time=""),
)
# Forms that pandas reads by guessing, and what messages say about them.
REFUSED: Final = (
    (
        "has a year of two digits",
        re.compile(
            rf"{_WEEKDAY}(?:[0-9]{{1,2}}(?P<dash>[-/.])[0-9]{{1,2}}(?P=dash)[0-9]{{2}}"
            rf"|[0-9]{{1,2}}[\ /-]?{_NAME}[\ /-]?[0-9]{{2}}){_TIME}"
        ),
    ),
    ("is in the form month.day.year", re.compile(rf"{_WEEKDAY}{_MONTH}\.{_DAY}\.{_YEAR}{_TIME}")),
    # pandas reverses the sign of some of them, as POSIX does.
    ("has an offset after the name of a zone", re.compile(r".*[0-9Mm]\ ?(?:UTC|GMT)[+-][0-9].*")),
)
