"""Columns of numbers that are times: counts since 1970 in some unit, or dates without separators."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.univariate.contract.series_file.dates import (
    FIRST_YEAR,
    LAST_YEAR,
    OUT_OF_RANGE,
)
from anomaly_container.services.univariate.contract.series_file.instants import iso_times
from anomaly_container.services.univariate.contract.series_file.numerals import PLAIN

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.table import Table

_COMPACT: Final = {
    8: r"\1-\2-\3",
    10: r"\1-\2-\3T\4",
    12: r"\1-\2-\3T\4:\5",
    14: r"\1-\2-\3T\4:\5:\6",
}
_DIGITS: Final = {
    length: re.compile(r"([0-9]{4})" + r"([0-9]{2})" * ((length - 4) // 2)) for length in _COMPACT
}
_YEAR: Final = re.compile(r"[0-9]{4}")
_YEAR_AND_MONTH: Final = re.compile(r"([0-9]{4})(0[1-9]|1[0-2])")
_SECOND: Final = 1_000_000_000
# The number of units in a second.
_SCALES: Final = (1, 1_000, 1_000_000, _SECOND)
# Counts in one unit lie between a year and 231 years from 1970; in any other unit they do not.
_NEAREST: Final = 365 * 86_400
_FARTHEST: Final = 7_289_568_000
# A compact date without a title that says so lies in these years.
_LIKELY_YEARS: Final = range(1900, 2101)
_LONGEST: Final = 32
_LARGEST: Final = 2**63 - 1


def read_epochs(table: Table, cells: list[str]) -> IntArray | None:
    """Return the times of counts since 1970 : (rows,) int64 nanoseconds, or None if they fit no unit.

    Raises
    ------
    SeriesFileError
        If they are in years that cannot be read.
    """
    scale = _scale(cells)
    if scale is None:
        return None
    times = [_nanoseconds(cell, _SECOND // scale) for cell in cells]
    for row, time in enumerate(times):
        if abs(time) > _LARGEST:
            raise table.error(OUT_OF_RANGE, row)
    return np.array(times, np.int64)


def are_epochs(cells: list[str]) -> bool:
    """Return whether numbers are counts since 1970 in some unit."""
    return _scale(cells) is not None


def _scale(cells: list[str]) -> int | None:
    """Return how many units make a second, or None if no unit gives times of these centuries."""
    if not cells or not all(len(cell) <= _LONGEST and PLAIN.fullmatch(cell) for cell in cells):
        return None
    farthest = max(abs(float(cell)) for cell in cells)
    return next((scale for scale in _SCALES if _NEAREST * scale <= farthest < _FARTHEST * scale), None)


def _nanoseconds(cell: str, unit: int) -> int:
    """Return the nanoseconds of a number, exact to its last digit."""
    if "e" in cell or "E" in cell:
        return int(float(cell)) * unit
    whole, _, fraction = cell.partition(".")
    # Digits below a nanosecond are dropped.
    behind = int(fraction[:9].ljust(9, "0")) * unit // _SECOND
    digits = whole.lstrip("+-")
    size = (int(digits) if digits else 0) * unit + behind
    return -size if whole.startswith("-") else size


def read_compact(cells: list[str], *, is_titled: bool) -> IntArray | None:
    """Return the times of YYYYMMDD, with or without hour, minute and second; None if one is not such a time.

    Parameters
    ----------
    cells
        The texts.
    is_titled
        Whether the title says that they are times; then a year, or a year and a month, is enough.
    """
    # pandas writes whole numbers like this if one in the column is absent.
    cells = [cell.removesuffix(".0") for cell in cells]
    length = len(cells[0])
    if is_titled and all(map(_YEAR.fullmatch, cells)):
        texts = cells
    elif is_titled and all(map(_YEAR_AND_MONTH.fullmatch, cells)):
        texts = [f"{cell[:4]}-{cell[4:]}" for cell in cells]
    elif length in _COMPACT and all(map(_DIGITS[length].fullmatch, cells)):
        digits, form = _DIGITS[length], _COMPACT[length]
        # Counts since 1970 have as many digits, but very few of them contain a valid month.
        if not all(iso_times([digits.sub(form, cell)]) is not None for cell in (cells[0], cells[-1])):
            return None
        texts = [digits.sub(form, cell) for cell in cells]
    else:
        return None
    years = range(FIRST_YEAR, LAST_YEAR + 1) if is_titled else _LIKELY_YEARS
    if not all(int(text[:4]) in years for text in texts):
        return None
    return iso_times(texts)
