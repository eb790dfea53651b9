"""The recognition of cells that hold times, whether they can be read or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.date_forms import FORMS, MONTH_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKS: Final = re.compile(
    r"(?:[a-z]{3,9}[.,]{0,2}\s+)?(?:"
    r"[0-9]{4}([-/.])[0-9]{1,2}(?:\1[0-9]{1,2})?(?=$|[t\s,z])"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})(?=$|[t\s,:])"
    r"|[0-9]{8}[t\s][0-9]{2}"
    r"|[0-9]{4}-?\s?(?:q[1-4]|w[0-9]{2})|[0-9]{4}-[0-9]{3}$"
    r"|q[1-4][-/\s]?[0-9]{4}$"
    rf"|[0-9]{{1,4}}(?:st|nd|rd|th)?[-/.\s]?\s?{MONTH_NAME}(?=$|[-/,.\s0-9])"
    rf"|{MONTH_NAME}[-/.\s']\s?'?[0-9]{{1,4}}(?=$|[-/,\s]|st|nd|rd|th)"
    # A day, the name of a month in any language, and a year; or a year as in Chinese and Japanese.
    r"|[0-9]{1,2}\.?\s[^\W\d_]{3,12}\.?\s[0-9]{4}\b"
    r"|[0-9]{4}年"
    r").*",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:\s?(?:am|pm|a\.m\.|p\.m\.))?", re.IGNORECASE
)
_PLAIN_NUMBER: Final = re.compile(r"[+-]?[0-9]*[.,]?[0-9]*")
_SHORT_YEAR: Final = re.compile(
    rf"(?P<before>(?P<first>[0-9]{{1,2}})(?P<mark>[-/.])(?P<second>[0-9]{{1,2}})(?P=mark)"
    rf"|[0-9]{{1,2}}[-/\s]{MONTH_NAME}[-/\s]|{MONTH_NAME}[-\s]'?)(?P<year>[0-9]{{2}})(?P<after>(?:(?:[\sTt]|,\s)[0-9]{{1,2}}(?::|\s?[ap]).*)?)",
    re.IGNORECASE,
)
_FOUR_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
# Years of two digits are in the century that POSIX gives them.
_FIRST_OF_1900: Final = 69
_LATEST_MONTH: Final = 12
_LATEST_DAY: Final = 31
_LONGEST: Final = 64

FIRST_YEAR: Final = 1678
LAST_YEAR: Final = 2261
"""The first and the last whole year in the range of 64-bit nanoseconds."""
OUT_OF_RANGE: Final = f"the year is out of range: {FIRST_YEAR} to {LAST_YEAR} can be read"


def looks_like_time(cell: str) -> bool:
    """Return whether a cell looks like a date of any language and calendar."""
    return len(cell) <= _LONGEST and not _PLAIN_NUMBER.fullmatch(cell) and _LOOKS.fullmatch(cell) is not None


def is_clock(cell: str) -> bool:
    """Return whether a cell is a time of day without a date."""
    return len(cell) <= _LONGEST and _CLOCK.fullmatch(cell) is not None


def is_out_of_range(cell: str) -> bool:
    """Return whether a cell has a year that cannot be read."""
    found = _FOUR_DIGITS.search(cell)
    return found is not None and not FIRST_YEAR <= int(found[0]) <= LAST_YEAR


def is_known_form(cell: str) -> bool:
    """Return whether a cell is in a form that can be read."""
    text = " ".join(cell.split())
    return len(text) <= _LONGEST and any(form.pattern.fullmatch(text) for form in FORMS)


def form_of(cell: str) -> str:
    """Return the form of a cell without its contents: 0 for each digit, a for each letter."""
    masked = "".join(_masked(cell[:_LONGEST]))
    return masked if len(cell) <= _LONGEST else f"{masked}..."


def _masked(text: str) -> Iterator[str]:
    for letter in text:
        if letter.isdigit():
            yield "0"
        elif letter.isalpha():
            yield "a"
        else:
            yield letter if letter.isascii() and letter.isprintable() else "?"


def with_whole_years(cells: list[str]) -> list[str] | None:
    """Return the dates with years of four digits.

    Return None if years of two digits may stand first: the last numbers vary more than the first, as days do,
    and all of them may be days.
    """
    matches = [_SHORT_YEAR.fullmatch(cell) if len(cell) <= _LONGEST else None for cell in cells]
    numbers = [match for match in matches if match is not None and match["first"]]
    if numbers and all(map(_may_begin_with_year, numbers)):
        last, first = ({match[name] for match in numbers} for name in ("year", "first"))
        if len(last) > len(first):
            return None
    return [
        cell if match is None else f"{match['before'].rstrip(chr(39))}{_whole(match['year'])}{match['after']}"
        for cell, match in zip(cells, matches, strict=True)
    ]


def _may_begin_with_year(match: re.Match[str]) -> bool:
    is_written_in_two = len(match["first"]) == len("25")
    return (
        is_written_in_two
        and 1 <= int(match["second"]) <= _LATEST_MONTH
        and 1 <= int(match["year"]) <= _LATEST_DAY
    )


def _whole(year: str) -> str:
    return f"{'19' if int(year) >= _FIRST_OF_1900 else '20'}{year}"
