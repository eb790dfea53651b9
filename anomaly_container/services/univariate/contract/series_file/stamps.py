"""The timestamps of a table: their column and their times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from anomaly_container.services.univariate.contract.series_file import titles
from anomaly_container.services.univariate.contract.series_file.dates import (
    form_of,
    is_clock,
    is_known_form,
    looks_like_time,
)
from anomaly_container.services.univariate.contract.series_file.epochs import (
    are_epochs,
    read_compact,
    read_epochs,
)
from anomaly_container.services.univariate.contract.series_file.instants import read_instants
from anomaly_container.services.univariate.contract.series_file.numerals import (
    PLAIN,
    holds_numbers,
    plain_numbers,
)
from anomaly_container.services.univariate.contract.series_file.table import is_absent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
    from anomaly_container.services.univariate.contract.series_file.options import ReadOptions
    from anomaly_container.services.univariate.contract.series_file.table import Column, Table

Moments: TypeAlias = "np.typing.NDArray[np.datetime64]"

_NO_TIMES: Final = "--no-times"
_LAST_HOUR: Final = 23
_FRACTIONS: Final[tuple[tuple[Literal["s", "ms", "us"], int], ...]] = (
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
)
_LAST_MINUTE: Final = 59


@dataclass(frozen=True, slots=True, eq=False)
class Stamps:
    """The timestamps of a table.

    Attributes
    ----------
    nanoseconds : (rows,) int64
        Since 1970.
    texts
        The texts as in the table.
    is_iso
        Whether the texts are ISO 8601.
    notes
        Notes on how they were read, if that is not obvious.
    """

    nanoseconds: IntArray
    texts: list[str]
    is_iso: bool
    notes: tuple[str, ...] = ()

    def written(self, rows: Sequence[int], times: IntArray) -> list[str]:
        """Return the timestamps of some rows, with these times, as in a request."""
        if self.is_iso:
            return [self.texts[row] for row in rows]
        digits: Literal["s", "ms", "us", "ns"] = next(
            (name for name, unit in _FRACTIONS if not (times % unit).any()), "ns"
        )
        moments: Moments = times.view("datetime64[ns]")
        return [f"{stamp}Z" for stamp in np.datetime_as_string(moments, digits).tolist()]


def time_columns(table: Table, options: ReadOptions) -> tuple[Column, ...]:
    """Return the column of the times, and that of the times of day if there is one; empty without times.

    Raises
    ------
    SeriesFileError
        If a column has a title for times and its cells are not times.
    """
    if options.timestamp_column is not None:
        column = table.named(options.timestamp_column, "--timestamp-column")
    else:
        found = _likeliest(table)
        if found is None:
            if not options.no_times:
                _refuse_titled(table)
            return ()
        column = found
    clock = _clock_beside(table, column)
    return (column,) if clock is None else (column, clock)


def _likeliest(table: Table) -> Column | None:
    """Return the column that most likely holds the times of the points."""
    written = [column for column in table.columns if _mostly(column, looks_like_time)]
    numbers = [column for column in table.columns if column not in written and _are_numeric_times(column)]
    titled = [
        (rank, column)
        for column in (*written, *numbers)
        if (rank := titles.time_rank(column.title)) is not None
    ]
    if titled:
        best = min(rank for rank, _ in titled)
        return _likelier([column for rank, column in titled if rank == best])
    if written:
        return _likelier(written)
    if sum(map(holds_numbers, table.columns)) < 2:  # times and values
        return None
    return next((column for column in numbers if _run_like_times(column)), None)


def _likelier(columns: list[Column]) -> Column:
    """Return the first column that can be read and is not constant, or else the first."""
    return max(columns, key=lambda column: (_can_be_read(column), len(column.distinct) > 1))


def _can_be_read(column: Column) -> bool:
    return _mostly(column, is_known_form) or _are_numeric_times(column)


def _mostly(column: Column, holds: Callable[[str], bool]) -> bool:
    return bool(column.sample) and sum(map(holds, column.sample)) * 2 > len(column.sample)


def _are_numeric_times(column: Column) -> bool:
    numbers = [cell for cell in column.sample if PLAIN.fullmatch(cell)]
    if len(numbers) * 2 <= len(column.sample) or not numbers:
        return False
    is_titled = titles.is_time(column.title)
    return are_epochs(numbers) or read_compact(numbers, is_titled=is_titled) is not None


def _run_like_times(column: Column) -> bool:
    """Return whether numbers are monotonic, and mostly by one step if the column has a title."""
    steps = np.diff(plain_numbers(column))
    if not ((steps >= 0).all() or (steps <= 0).all()):
        return False
    sizes, counts = np.unique(steps[steps != 0], return_counts=True)
    return sizes.size > 0 and (not column.title or bool(counts.max() * 2 >= counts.sum()))


def _refuse_titled(table: Table) -> None:
    for column in table.columns:
        if titles.is_time(column.title):
            raise _no_times(table, column)
    for column in table.columns:
        if _mostly(column, is_clock):
            raise _no_times(table, column)


def _no_times(table: Table, column: Column) -> SeriesFileError:
    """Return the error of a column that should hold times but does not."""
    row = next((row for row, cell in enumerate(column.cells) if not is_absent(cell)), 0)
    if not column.present:
        trouble = "the timestamp is absent in every row"
    elif holds_numbers(column):
        trouble = f"{column.label} holds numbers that are no times since 1970"
    elif _mostly(column, is_clock):
        trouble = f"{column.label} holds times of day without a date"
    else:
        trouble = (
            f"{column.label} holds no times that can be read: their form is {form_of(column.cells[row])}"
        )
    reason = f"{trouble}; to take the points as neighbours, say {_NO_TIMES}"
    return table.error(reason, row, option=_NO_TIMES)


def _clock_beside(table: Table, column: Column) -> Column | None:
    """Return the column of the times of day for a column of dates without them."""
    if any(":" in cell for cell in column.sample) or are_epochs(column.sample):
        return None
    for other in table.columns:
        if other is not column and _mostly(other, is_clock):
            return other
    if len(column.distinct) == len(column.present):
        return None
    return next(
        (
            other
            for other in table.columns
            if titles.is_hour(other.title) and other.present and all(map(_is_hour, other.present))
        ),
        None,
    )


def _is_hour(cell: str) -> bool:
    return _clock(cell) != cell


def _clock(cell: str) -> str:
    """Return an hour, or an hour and minutes, in the form HH:MM."""
    if not (cell.isascii() and cell.isdigit() and len(cell) <= len("2359")):
        return cell
    hour, minute = (int(cell), 0) if len(cell) <= len("23") else divmod(int(cell), 100)
    return f"{hour:02}:{minute:02}" if hour <= _LAST_HOUR and minute <= _LAST_MINUTE else cell


def read_stamps(table: Table, columns: Sequence[Column], options: ReadOptions) -> Stamps:
    """Read the times of a table.

    Raises
    ------
    SeriesFileError
        If one of them is absent or cannot be read.
    """
    for column in columns:
        absent = next((row for row, cell in enumerate(column.cells) if is_absent(cell)), None)
        if absent is not None:
            reason = "the timestamp is absent"
            raise table.error(reason, absent)
    column, *clocks = columns
    cells = column.cells
    if clocks:
        pairs = list(zip(cells, clocks[0].cells, strict=True))
        texts = [f"{date} {time}" for date, time in pairs]
        read = [f"{_dashed(date)} {_clock(time)}" for date, time in pairs]
        instants = read_instants(table, read, options.date_order)
        return Stamps(instants.nanoseconds, texts, instants.is_iso and texts == read, instants.notes)
    if _are_numeric_times(column):
        return Stamps(_numeric(table, cells), cells, False)
    if holds_numbers(column) and not _mostly(column, looks_like_time):
        raise _no_times(table, column)
    instants = read_instants(table, cells, options.date_order)
    return Stamps(instants.nanoseconds, cells, instants.is_iso, instants.notes)


def _dashed(cell: str) -> str:
    """Return a date of eight digits with dashes, so that a time of day can follow it."""
    is_compact = cell.isascii() and cell.isdigit() and len(cell) == len("20250131")
    return f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" if is_compact else cell


def _numeric(table: Table, cells: list[str]) -> IntArray:
    """Return times that are numbers.

    Raises
    ------
    SeriesFileError
        If one of them is not.
    """
    for row, cell in enumerate(cells):
        if not PLAIN.fullmatch(cell):
            reason = f"the timestamp is not a number like the others, in the form {form_of(cell)}"
            raise table.error(reason, row)
    found = read_compact(cells, is_titled=True)
    if found is None:
        found = read_epochs(table, cells)
    if found is None:
        alone = (read_compact([cell], is_titled=True) for cell in cells)
        row = next((row for row, time in enumerate(alone) if time is None), 0)
        reason = "the number is not a date of the calendar, as the others are"
        raise table.error(reason, row)
    return found
