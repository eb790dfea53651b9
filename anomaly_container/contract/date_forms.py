"""The forms of timestamps that are known: which are read, in what order of day and month, and their names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anomaly_container.contract.iso_8601 import ISO_8601


class DateOrder(StrEnum):
    """Whether the first number of a date such as ``1/2/2025`` is its month or its day."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY: Final = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = r"(?P<month>0?[1-9]|1[0-2])"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_NAME: Final = (
    r"(?P<name>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))"
)
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
    """One way of writing a date.

    Attributes
    ----------
    name
        What messages call it.
    pattern
        A text in this form whose white space is single spaces.
    order
        The order without which it is not read, None if it is read in both.
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
    # Where the parts of a date stand between points, its month is never first.
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
# What pandas reads by luck, and what messages say of it.
REFUSED: Final = (
    (
        "has a year of two digits",
        re.compile(
            rf"{_WEEKDAY}(?:[0-9]{{1,2}}(?P<dash>[-/.])[0-9]{{1,2}}(?P=dash)[0-9]{{2}}"
            rf"|[0-9]{{1,2}}[\ /-]?{_NAME}[\ /-]?[0-9]{{2}}){_TIME}"
        ),
    ),
    ("is in the form month.day.year", re.compile(rf"{_WEEKDAY}{_MONTH}\.{_DAY}\.{_YEAR}{_TIME}")),
    # pandas turns the sign of some of them round, as POSIX has it.
    ("has an offset after the name of a zone", re.compile(r".*[0-9Mm]\ ?(?:UTC|GMT)[+-][0-9].*")),
)
