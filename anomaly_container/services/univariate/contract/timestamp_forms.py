"""Timestamps in other forms than ISO 8601: dates with slashes or names of months, AM and PM, RFC 1123.

Each is rewritten as ISO 8601 with the value that ``pandas.to_datetime`` gives it. Forms whose rule pandas
changes from one timestamp to the next are refused: a day before the month, a year of two digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.univariate.contract.date_forms import FORMS, REFUSED, DateOrder, Form
from anomaly_container.services.univariate.contract.errors import (
    MALFORMED_POINT,
    UNCLEAR_TIMESTAMP,
    ContractError,
)
from anomaly_container.services.univariate.contract.iso_8601 import read_iso_8601
from anomaly_container.services.univariate.contract.rewriting import Rewriting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import IntArray

__all__ = ["DateOrder", "possible_orders", "read_form", "read_forms"]

# Longer texts are refused.
_MAX_LENGTH: Final = 96
# With weekdays, months, AM and PM, and numbers of one or two digits, a form has 672 layouts.
_MAX_LAYOUTS: Final = 1024
_ZERO_FOR_DIGITS: Final = bytes.maketrans(b"123456789", b"000000000")


def read_form(text: str, order: DateOrder = DateOrder.MONTH_FIRST) -> int:
    """Read one timestamp as `read_forms` does.

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
    """Read timestamps in any known form.

    Parameters
    ----------
    stamps : (n,) sequence, n > 0
        The timestamps; all must be in one form.
    order
        What the first of two numbers of a date is. A date with another order is refused.

    Returns
    -------
    (n,) int64
        Nanoseconds since 1970-01-01T00:00:00Z.

    Raises
    ------
    ContractError
        If one of them is not a string, is not in a known form, or is not a time of the calendar, or if there
        is more than one form. The message names a form that is known but refused.
    """
    texts = [_plain(stamp) for stamp in stamps]
    form = _form_of(texts[0], order)
    if form is None:
        raise _refusal(texts[0], order, None)
    written = _rewritten(texts, form, order)
    try:
        times = read_iso_8601(written)
    except ContractError:
        times = None
    if times is None:
        # A text in a known layout may have a 13th month: the message names the form that fits it.
        wrong = next((text for text in texts if not form.pattern.fullmatch(text)), "")
        raise _refusal(wrong, order, form)
    return times


def _rewritten(texts: list[str], form: Form, order: DateOrder) -> list[str]:
    """Return the texts of a form as ISO 8601 in one layout."""
    rewritings: dict[bytes, Rewriting] = {}
    written = []
    for text in texts:
        layout = text.encode("ascii", "replace").translate(_ZERO_FOR_DIGITS)
        rewriting = rewritings.get(layout)
        if rewriting is None:
            match = form.pattern.fullmatch(text)
            if match is None:
                raise _refusal(text, order, form)
            if len(rewritings) == _MAX_LAYOUTS:
                trouble = f"is in another layout than {_MAX_LAYOUTS} others"
                raise UNCLEAR_TIMESTAMP.error(trouble=trouble)
            rewriting = rewritings[layout] = Rewriting.of(match)
        written.append(rewriting.iso_8601(text))
    clocks = {known.hours is None for known in rewritings.values() if known.hour_place is not None}
    if len(clocks) > 1:
        raise UNCLEAR_TIMESTAMP.error(trouble="has AM or PM, another has neither")
    return written


def possible_orders(stamps: Sequence[Any]) -> tuple[DateOrder, ...]:
    """Return the orders in which `read_forms` can read timestamps: one, both or none.

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
    """Return a timestamp with its white space reduced to single spaces."""
    text = " ".join(stamp.split()) if isinstance(stamp, str) else ""
    if len(text) > _MAX_LENGTH:
        raise MALFORMED_POINT.error()
    return text


def _form_of(text: str, order: DateOrder) -> Form | None:
    for form in FORMS:
        if form.order in (None, order) and form.pattern.fullmatch(text):
            return form
    return None


def _refusal(text: str, order: DateOrder, expected: Form | None) -> ContractError:
    """Return the error of a text that is not in the expected form, which is None if no form was found."""
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
