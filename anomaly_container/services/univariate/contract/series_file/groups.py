"""The groups of long tables: the column whose texts identify the series."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.services.univariate.contract.limits import Limits
from anomaly_container.services.univariate.contract.series_file import titles
from anomaly_container.services.univariate.contract.series_file.numerals import holds_numbers
from anomaly_container.services.univariate.contract.series_file.table import is_absent, listed, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
    from anomaly_container.services.univariate.contract.series_file.options import ReadOptions
    from anomaly_container.services.univariate.contract.series_file.table import Column, Table

MAX_SERIES: Final = 1_000
TOO_MANY_SERIES: Final = f"has more than {MAX_SERIES:,} series; cut it into several files"
_BY: Final = "--by"
# Groups with fewer points on average are not series.
_LEAST_POINTS: Final = 2
# Two series of the same cadence have half as many distinct times as rows.
_MANY_TIMES: Final = 0.75


def named_groups(table: Table, options: ReadOptions) -> tuple[Column, ...]:
    """Return the columns that the options name as identifying the series; empty if they name none.

    Raises
    ------
    SeriesFileError
        If there is no such column.
    """
    if options.by is None:
        return ()
    if any(column.title == options.by.strip() for column in table.columns):
        return (table.named(options.by, _BY),)
    return tuple(dict.fromkeys(table.named(name, _BY) for name in options.by.split(",")))


def found_groups(table: Table, taken: Sequence[Column], times: IntArray) -> tuple[Column, ...]:
    """Return the column of texts that identifies several series; empty if there is one series.

    If times are repeated, it is the column within whose groups they are unique. If they are not, it may be a
    column whose title names things, such as sensors, that report in turn.

    Parameters
    ----------
    table
        The table.
    taken
        Columns of times and values.
    times : (rows,) int64
        The time of each row.

    Raises
    ------
    SeriesFileError
        If several columns do so in different ways, or if only numbers or several columns together do.
    """
    others = [column for column in table.columns if column not in taken and _may_identify(column)]
    texts = [column for column in others if not holds_numbers(column)]
    if np.unique(times).size == times.size:
        things = [column for column in texts if titles.is_thing(column.title) and _are_long([column])]
        return tuple(things[:1])
    splitting = [column for column in texts if _splits([column], times)]
    if splitting and all(_is_same_split(splitting[0], column) for column in splitting[1:]):
        return (splitting[0],)
    if splitting:
        raise _ambiguous(
            table, splitting, "times are there more than once, and any of these may name the series"
        )
    if len(texts) > 1 and _splits(texts, times):
        raise _ambiguous(
            table, texts, "times are there more than once, and only some of these together name the series"
        )
    numbers = [column for column in others if holds_numbers(column) and _splits([column], times)]
    if numbers:
        raise _ambiguous(
            table, numbers, "times are there more than once, and these numbers may name the series"
        )
    return ()


def _ambiguous(table: Table, columns: Sequence[Column], reason: str) -> SeriesFileError:
    return table.error(
        f"{reason}: {listed(columns)}; say which with {_BY}, several with commas between them",
        option=_BY,
        choices=tuple(column.name for column in columns),
    )


def _may_identify(column: Column) -> bool:
    return len(column.present) == len(column.cells) and (
        1 < len(column.distinct) <= len(column.cells) // _LEAST_POINTS
    )


def _splits(columns: Sequence[Column], times: IntArray) -> bool:
    """Return whether no group of the columns has a time twice, and that is not by chance.

    It is not by chance if many times are repeated, or if each group is long enough to be a series.
    """
    keys = _keys(columns)
    if len(set(keys)) * _LEAST_POINTS > len(keys):
        return False
    if len(set(zip(keys, times.tolist(), strict=True))) < len(keys):
        return False
    return np.unique(times).size <= _MANY_TIMES * times.size or _are_long(columns)


def _are_long(columns: Sequence[Column]) -> bool:
    return min(Counter(_keys(columns)).values()) >= Limits().min_points


def _keys(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    return list(zip(*(column.cells for column in columns), strict=True))


def _is_same_split(one: Column, other: Column) -> bool:
    return len(set(zip(one.cells, other.cells, strict=True))) == len(one.distinct) == len(other.distinct)


def group_rows(table: Table, columns: Sequence[Column]) -> dict[str | None, Sequence[int]]:
    """Return the rows of each group by its name, in the order in which the groups begin.

    Raises
    ------
    SeriesFileError
        If a row names no group, or if there are too many.
    """
    if not columns:
        return {None: range(len(table.places))}
    groups: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(_keys(columns)):
        if any(map(is_absent, key)):
            reason = f"no name in {listed(columns)}, which tells the series apart"
            raise table.error(reason, row)
        groups.setdefault(key, []).append(row)
    if len(groups) > MAX_SERIES:
        raise table.error(TOO_MANY_SERIES)
    # Names that are equal once made printable get a number.
    named: dict[str | None, Sequence[int]] = {}
    for number, (key, rows) in enumerate(groups.items(), start=1):
        name = printable(", ".join(key))
        named[name if name not in named else f"{name} ({number})"] = rows
    return named
