"""Timestamps that need not be ISO 8601: dates with slashes or names of months, AM and PM, RFC 1123.

Each is rewritten as ISO 8601, with the value that ``pandas.to_datetime`` gives it. What pandas reads by
another rule than the timestamp beside it is refused: a day before the month, a year of two digits.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.contract.date_forms import (
    FORMS,
    MONTHS,
    REFUSED,
    WEEKDAYS,
    DateOrder,
    Form,
)
from anomaly_container.contract.errors import MALFORMED_POINT, UNCLEAR_TIMESTAMP, ContractError
from anomaly_container.contract.iso_8601 import read_iso_8601

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.types import IntArray

__all__ = ["DateOrder", "possible_orders", "read_form", "read_forms"]

# Longer texts are not looked at.
_MAX_LENGTH: Final = 64
_COUNTED_FRACTION_DIGITS: Final = 9
_HALF_DAY: Final = 12


def read_form(text: str, order: DateOrder = DateOrder.MONTH_FIRST) -> int:
    """Read one timestamp that need not be ISO 8601, as `read_forms` does.

    Parameters
    ----------
    text
        The timestamp.
    order
        What the first of two numbers of a date is.

    Returns
    -------
    int
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    ContractError
        As `read_forms`.
    """
    return int(read_forms([text], order)[0])


def read_forms(stamps: Sequence[Any], order: DateOrder = DateOrder.MONTH_FIRST) -> IntArray:
    """Read timestamps that need not be ISO 8601.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        The timestamps. Their dates are all in one form.
    order
        What the first of two numbers of a date is. A date that says otherwise is refused.

    Returns
    -------
    (n,) int64
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    ContractError
        If one of them is not a text, in no form that is read, or no time of the calendar, or if there is
        more than one form. A form that is known and refused is named.
    """
    texts = [_plain(stamp) for stamp in stamps]
    form = _form_of(texts[0], order)
    if form is None:
        raise _refusal(texts[0], order, None)
    found = []
    for text in texts:
        match = form.pattern.fullmatch(text)
        if match is None:
            raise _refusal(text, order, form)
        found.append(match.groupdict(""))
    if len({not parts.get("half") for parts in found if parts.get("hour")}) > 1:
        raise UNCLEAR_TIMESTAMP.error(trouble="has AM or PM, another has neither")
    return read_iso_8601([_iso_8601(parts) for parts in found])


def possible_orders(stamps: Sequence[Any]) -> tuple[DateOrder, ...]:
    """Return the orders in which `read_forms` reads timestamps: both where nothing decides, or none.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        The timestamps.
    """
    return tuple(order for order in DateOrder if _are_read(stamps, order))


def _are_read(stamps: Sequence[Any], order: DateOrder) -> bool:
    try:
        read_forms(stamps, order)
    except ContractError:
        return False
    return True


def _plain(stamp: object) -> str:
    """Return a timestamp whose white space is single spaces."""
    if not isinstance(stamp, str) or len(stamp) > _MAX_LENGTH:
        raise MALFORMED_POINT.error()
    return " ".join(stamp.split())


def _form_of(text: str, order: DateOrder) -> Form | None:
    for form in FORMS:
        if form.order in (None, order) and form.pattern.fullmatch(text):
            return form
    return None


def _refusal(text: str, order: DateOrder, expected: Form | None) -> ContractError:
    """Return the error of a text that is not in the form expected, None if it is in no form that is read."""
    form = _form_of(text, order)
    if form is not None and expected is not None:
        trouble = f"is in the form {expected.name}, another in the form {form.name}"
        return UNCLEAR_TIMESTAMP.error(trouble=trouble)
    for refused in FORMS:
        if refused.order not in (None, order) and refused.pattern.fullmatch(text):
            return UNCLEAR_TIMESTAMP.error(trouble=f"is in the form {refused.name}")
    for trouble, pattern in REFUSED:
        if pattern.fullmatch(text):
            return UNCLEAR_TIMESTAMP.error(trouble=trouble)
    return MALFORMED_POINT.error()


def _iso_8601(parts: dict[str, str]) -> str:
    """Return the parts of a timestamp as ISO 8601, all of them in one layout."""
    part = parts.get
    year, month, day = parts["year"], part("month") or _month(part("name", "")), part("day") or "1"
    if part("weekday"):
        _check_weekday(parts["weekday"], int(year), int(month), int(day))
    return (
        f"{year}-{month:0>2}-{day:0>2}"
        f"T{_hour(part('hour', ''), part('half', '')):0>2}:{part('minute', ''):0>2}:{part('second', ''):0>2}"
        f".{part('fraction', '')[:_COUNTED_FRACTION_DIGITS]:0<{_COUNTED_FRACTION_DIGITS}}"
        f"{part('sign') or '+'}{part('offset_hours', ''):0>2}:{part('offset_minutes', ''):0>2}"
    )


def _month(name: str) -> str:
    return f"{MONTHS.index(name[:3].lower()) + 1}" if name else "1"


def _hour(hour: str, half: str) -> str:
    """Return an hour of the clock of 24 hours; noon is 12 PM, and midnight 12 AM."""
    if not half:
        return hour
    number, after_noon = int(hour), half[0] in "Pp"
    # There is no 0 PM; pandas takes it for midnight.
    if number > _HALF_DAY or (after_noon and number == 0):
        raise MALFORMED_POINT.error()
    return f"{number % _HALF_DAY + _HALF_DAY * after_noon}"


def _check_weekday(name: str, year: int, month: int, day: int) -> None:
    try:
        weekday = date(year, month, day).weekday()
    except ValueError:
        raise MALFORMED_POINT.error() from None
    if WEEKDAYS[weekday] != name[:3].lower():
        raise UNCLEAR_TIMESTAMP.error(trouble="has a weekday that is not that of its date")
