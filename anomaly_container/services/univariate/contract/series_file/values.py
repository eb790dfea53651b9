"""The value columns of a table: not row numbers, flags, identifiers and constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.univariate.contract.series_file import titles
from anomaly_container.services.univariate.contract.series_file.dates import looks_like_time
from anomaly_container.services.univariate.contract.series_file.numerals import holds_numbers, plain_numbers
from anomaly_container.services.univariate.contract.series_file.options import ALL
from anomaly_container.services.univariate.contract.series_file.table import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.univariate.contract.series_file.options import ReadOptions
    from anomaly_container.services.univariate.contract.series_file.table import Column, Table

_VALUE_COLUMN: Final = "--value-column"
_FLAGS: Final = frozenset({"0", "1", "0.0", "1.0"})
# Names of things are repeated: each at least so often, on average.
_LEAST_REPEATED: Final = 4
_MOST_NOTES: Final = 5
_ROW_NUMBERS: Final = "row numbers"


def value_columns(
    table: Table, taken: Sequence[Column], options: ReadOptions
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns of values, and notes on the others.

    Parameters
    ----------
    table
        The table.
    taken
        The columns that are times or names of groups.
    options
        How to read the table.

    Raises
    ------
    SeriesFileError
        If no column holds numbers, or several do and the choice is ambiguous.
    """
    wanted = options.value_columns
    if wanted is not None and wanted != ALL:
        return tuple(dict.fromkeys(table.named(name, _VALUE_COLUMN) for name in wanted)), ()
    numeric = [column for column in table.columns if column not in taken and _may_hold_values(column)]
    if not numeric:
        reason = f"no column holds numbers; name the one to take with {_VALUE_COLUMN}"
        raise table.error(
            reason,
            option=_VALUE_COLUMN,
            choices=tuple(column.name for column in table.columns if column not in taken),
        )
    uses = {column: use for column in numeric if (use := _other_use(column)) is not None}
    left = [column for column in numeric if column not in uses] or numeric
    if wanted == ALL:
        return tuple(left), ()
    ranked = [(rank, column) for column in numeric if (rank := titles.value_rank(column.title)) is not None]
    if ranked:
        return (min(ranked, key=lambda pair: pair[0])[1],), ()
    if len(left) > 1:
        reason = (
            f"{len(left):,} columns hold numbers: {listed(left)}; name one or several with {_VALUE_COLUMN}, "
            "or all of them by the word all"
        )
        raise table.error(reason, option=_VALUE_COLUMN, choices=tuple(column.name for column in left))
    notes = [
        f"{column.label} is not taken: it holds {use}"
        for column, use in uses.items()
        if column not in left and use != _ROW_NUMBERS
    ]
    return tuple(left), tuple(notes[:_MOST_NOTES])


def _may_hold_values(column: Column) -> bool:
    return holds_numbers(column) and sum(map(looks_like_time, column.sample)) * 2 <= len(column.sample)


def _other_use(column: Column) -> str | None:
    """Return what the numbers of a column are if they are not values, or None."""
    if _is_row_number(column):
        return _ROW_NUMBERS
    if titles.is_time(column.title) and (_are_whole(column) or _is_rising(column)):
        return "times"
    if len(column.present) > 1 and len(column.distinct) == 1:
        return "one value all the way"
    if column.distinct <= _FLAGS:
        return "flags"
    if _is_identifier(column):
        return "identifiers"
    return None


def _is_row_number(column: Column) -> bool:
    if not _are_whole(column) or len(column.present) < len(column.cells):
        return False
    steps = np.diff(plain_numbers(column))
    if steps.size == 0:
        return False
    is_one_way = bool((steps > 0).all() or (steps < 0).all())
    return bool((steps == 1).all()) or (titles.is_counter(column.title) and is_one_way)


def _is_rising(column: Column) -> bool:
    return bool((np.diff(plain_numbers(column)) > 0).all())


def _is_identifier(column: Column) -> bool:
    if not _are_whole(column):
        return False
    is_repeated = len(column.distinct) * _LEAST_REPEATED <= len(column.present)
    return titles.is_identifier(column.title) or (titles.is_thing(column.title) and is_repeated)


def _are_whole(column: Column) -> bool:
    return all(cell.isascii() and cell.isdigit() and len(cell) <= len(str(2**63)) for cell in column.distinct)
