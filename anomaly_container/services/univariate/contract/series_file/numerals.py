"""Columns of written numbers: their decimal mark, and their separator of thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.univariate.contract.series_file.table import is_absent

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
    from anomaly_container.services.univariate.contract.series_file.table import Column, Table

PLAIN: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SPACES: Final = " \u00a0\u2009\u202f'\u2019"
_NUMERAL: Final = re.compile(
    rf"[+-]?(?:[0-9]{{1,3}}(?P<mark>[.,{_SPACES}])(?:[0-9]{{2,3}}(?P=mark))*[0-9]{{3}}(?:[.,][0-9]*)?"
    r"|[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
)
_WITHOUT_SPACES: Final = str.maketrans("", "", _SPACES)
_SPACED: Final = re.compile(rf"[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:[.,][0-9]*)?")
_THREE_BEHIND: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
# Groups of two are the Indian way of writing large numbers.
_GROUPS: Final = {
    mark: re.compile(rf"[0-9]{{1,3}}(?:\{mark}[0-9]{{2,3}})*\{mark}[0-9]{{3}}") for mark in ",."
}
_LARGEST_UNGROUPED: Final = 3
# Text with these separators may come from countries with a decimal comma.
_COMMA_COUNTRIES: Final = frozenset(";\t")
# If the share of whole numbers is smaller, 1.002 is a number with three decimals.
_LEAST_WHOLE: Final = 0.1


def looks_numeric(cell: str) -> bool:
    """Return whether a cell looks like a number of any country."""
    return _NUMERAL.fullmatch(cell) is not None


def holds_numbers(column: Column) -> bool:
    """Return whether most cells look like numbers."""
    return bool(column.sample) and sum(map(looks_numeric, column.sample)) * 2 > len(column.sample)


def plain_numbers(column: Column) -> FloatArray:
    """Return the cells that are finite numbers, with or without a decimal point : (k,) float64."""
    numbers: FloatArray = np.array([float(cell) for cell in column.present if PLAIN.fullmatch(cell)])
    finite: FloatArray = numbers[np.isfinite(numbers)]
    return finite


def read_numbers(table: Table, column: Column) -> FloatArray:
    """Return the numbers of a column : (rows,) float64, with NaN for absent cells.

    Raises
    ------
    SeriesFileError
        If a cell is not a number, or if the meaning of the commas and points of the column is ambiguous.
    """
    # A decimal comma is likely only in some files, and only if there are commas or points.
    marks = ",." if table.separator in _COMMA_COUNTRIES else ","
    is_plain = all(
        PLAIN.fullmatch(cell) and not any(mark in cell for mark in marks) for cell in column.present
    )
    decimal = "." if is_plain else _decimal_mark(table, column)
    thousands = {".": ",", ",": "."}[decimal]
    return np.array([_number(table, row, cell, decimal, thousands) for row, cell in enumerate(column.cells)])


def _number(table: Table, row: int, cell: str, decimal: str, thousands: str) -> float:
    if is_absent(cell):
        return float("nan")
    written = cell
    if decimal == "," or not PLAIN.fullmatch(cell):
        written = _plain(cell, decimal, thousands)
    if not PLAIN.fullmatch(written):
        reason = "the value is not a number"
        raise table.error(reason, row)
    number = float(written)
    if not isfinite(number):
        reason = "the value is too large"
        raise table.error(reason, row)
    return number


def _plain(cell: str, decimal: str, thousands: str) -> str:
    """Return a number without separators of thousands and with a decimal point, or a text that is not one."""
    sign, digits, exponent = _parts(cell)
    if digits != digits.translate(_WITHOUT_SPACES):
        if not _SPACED.fullmatch(digits):
            return ""
        digits = digits.translate(_WITHOUT_SPACES)
    whole, mark, fraction = digits.partition(decimal)
    if thousands in whole:
        if not _GROUPS[thousands].fullmatch(whole):
            return ""
        whole = whole.replace(thousands, "")
    return f"{sign}{whole}{'.' if mark else ''}{fraction}{exponent}"


def _parts(cell: str) -> tuple[str, str, str]:
    sign = cell[:1] if cell[:1] in {"+", "-"} else ""
    digits, letter, power = cell[len(sign) :].replace("E", "e").partition("e")
    return sign, digits, letter + power


@dataclass(slots=True)
class _Evidence:
    """The first rows that show a meaning of a mark; None if no row does."""

    decimal: int | None = None
    thousands: int | None = None
    either: int | None = None

    def see(self, meaning: str, row: int) -> None:
        if getattr(self, meaning) is None:
            setattr(self, meaning, row)


def _decimal_mark(table: Table, column: Column) -> str:
    """Return the decimal mark, point or comma, that all cells together show."""
    comma, point, whole, is_grouped = _evidence(column)
    shows_point = [row for row in (point.decimal, comma.thousands) if row is not None]
    shows_comma = [row for row in (comma.decimal, point.thousands) if row is not None]
    if shows_point and shows_comma:
        reason = "commas and points have another meaning here than above; write all numbers in one way"
        raise table.error(reason, max(min(shows_point), min(shows_comma)))
    if shows_comma:
        return ","
    if shows_point:
        return "."
    if comma.either is not None and point.either is not None:
        raise _undecided(table, comma.either)
    if comma.either is not None:
        if is_grouped and whole:
            return "."
        raise _undecided(table, comma.either)
    is_whole_mostly = is_grouped and whole >= _LEAST_WHOLE * len(column.present)
    if point.either is not None and is_whole_mostly and table.separator in _COMMA_COUNTRIES:
        return ","
    return "."


def _undecided(table: Table, row: int) -> SeriesFileError:
    reason = (
        "a comma may separate thousands or decimals here, and no other value shows which; "
        "write the numbers without thousands separators and with a decimal point"
    )
    return table.error(reason, row)


def _evidence(column: Column) -> tuple[_Evidence, _Evidence, int, bool]:
    """Return the evidence of commas and of points, the count of whole numbers, and if all are below 1000."""
    comma, point = _Evidence(), _Evidence()
    whole, is_grouped = 0, True
    for row, cell in enumerate(column.cells):
        if not looks_numeric(cell):
            continue
        digits = _parts(cell)[1].translate(_WITHOUT_SPACES)
        if "," in digits and "." in digits:
            last, other = (comma, point) if digits.rfind(",") > digits.rfind(".") else (point, comma)
            last.see("decimal", row)
            other.see("thousands", row)
        elif "," in digits or "." in digits:
            mark, seen = (",", comma) if "," in digits else (".", point)
            if digits.count(mark) > 1:
                seen.see("thousands", row)
            else:
                seen.see("either" if _THREE_BEHIND.fullmatch(digits) else "decimal", row)
        else:
            whole += 1
            is_grouped = is_grouped and len(digits) <= _LARGEST_UNGROUPED
    return comma, point, whole, is_grouped
