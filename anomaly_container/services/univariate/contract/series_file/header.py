"""The recognition of a header: whether the first row of a table names its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.series_file.dates import is_clock, looks_like_time
from anomaly_container.services.univariate.contract.series_file.numerals import looks_numeric
from anomaly_container.services.univariate.contract.series_file.table import is_absent

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS_TO_LOOK_AT: Final = 50


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names the columns.

    It does if it has no number and no time, or if it has a text above a column of numbers or times. pandas
    names columns without a name 0, 1 and so on, and leaves the first blank.
    """
    first = [cell.strip() for cell in rows[0]]
    if not any(first):
        return False
    if first[0] == "" and first[1:] == [str(number) for number in range(len(first) - 1)] and len(first) > 1:
        return True
    if not any(_is_datum(cell) for cell in first):
        return any(not is_absent(cell) for cell in first)
    below = rows[1 : _ROWS_TO_LOOK_AT + 1]
    return any(
        not _is_datum(cell) and not is_absent(cell) and _holds_data(below, index)
        for index, cell in enumerate(first)
    )


def _holds_data(rows: Sequence[Sequence[str]], index: int) -> bool:
    cells = [row[index].strip() for row in rows if index < len(row)]
    present = [cell for cell in cells if not is_absent(cell)]
    return bool(present) and sum(map(_is_datum, present)) * 2 > len(present)


def _is_datum(cell: str) -> bool:
    return looks_numeric(cell) or looks_like_time(cell) or is_clock(cell)
