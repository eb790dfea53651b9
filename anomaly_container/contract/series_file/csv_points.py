"""Points from delimited text: which delimiter, which columns, which rows."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.contract.series_file.errors import SeriesFileError as FileError
from anomaly_container.contract.errors import ContractError
from anomaly_container.contract.question import Question
from anomaly_container.contract.timestamps import to_nanoseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

# The comma is last: a decimal comma must not look like a delimiter.
_DELIMITERS: Final = "\t;,"
_ROWS_TO_SNIFF: Final = 20
# A width longer than this is no number of a column.
_COLUMN_DIGITS: Final = 6
_TIMESTAMP_NAMES: Final = ("timestamp", "time", "datetime", "date", "ts", "ds")
_VALUE_NAMES: Final = ("value", "values", "y")
_ABSENT: Final = frozenset({"", "nan", "na", "n/a", "null", "none"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]*,[0-9]+")
# Ten digits are seconds since 1970 from 2001 to 2286, thirteen are milliseconds.
_EPOCH: Final = re.compile(r"[0-9]{10}(?:\.[0-9]+)?|[0-9]{13}")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns to take: a name of the header, a number from 1, or None to guess."""

    timestamp: str | None = None
    value: str | None = None


def read_csv(text: str, columns: Columns) -> Question:
    """Read the points of a table; rows without a value are gaps.

    Parameters
    ----------
    text
        Rows of fields between commas, semicolons or tabs, with a header or without.
    columns
        Which columns to take.

    Raises
    ------
    FileError
        If a row or a column is not as it must be.
    """
    rows = _rows(text)
    header = [cell.strip() for cell in rows[0][1]] if _is_header(rows[0][1]) else None
    body = rows[1:] if header else rows
    if not body:
        reason = "has a header and no rows"
        raise FileError(reason)
    width = len(rows[0][1])
    for line, cells in body:
        if len(cells) != width:
            reason = f"{len(cells)} fields where the first row has {width}; decimal commas must be points"
            raise FileError(reason, line)
    timestamp = _timestamp_column(columns.timestamp, header, body[0][1])
    value = _value_column(columns.value, header, body, timestamp)
    kept = [(line, cells) for line, cells in body if cells[value].strip().lower() not in _ABSENT]
    values = [_number(cells[value].strip(), line) for line, cells in kept]
    stamps = [None if timestamp is None else _stamp(cells[timestamp].strip(), line) for line, cells in kept]
    return Question.of_pairs(stamps, values, [line for line, _ in kept], without_value=len(body) - len(kept))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with its line."""
    return list(_parsed(text, _delimiter(text)))


def _parsed(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        reason = f"cannot be read as CSV: {error}"
        raise FileError(reason, reader.line_num) from None


def _delimiter(text: str) -> str:
    """Return the first of the three that cuts the rows at the top into equally many fields, else a comma."""
    for mark in _DELIMITERS:
        try:
            widths = {len(cells) for _, cells in islice(_parsed(text, mark), _ROWS_TO_SNIFF)}
        except FileError:
            continue
        if len(widths) == 1 and widths != {1}:
            return mark
    return ","


def _is_header(cells: list[str]) -> bool:
    return not any(_is_number(cell.strip()) or _is_time(cell.strip()) for cell in cells) and any(
        not _DECIMAL_COMMA.fullmatch(cell.strip()) for cell in cells
    )


def _timestamp_column(named: str | None, header: list[str] | None, first: list[str]) -> int | None:
    """Return the column of the timestamps, or None if there is none."""
    if named is not None:
        return _named(named, header, len(first))
    for name in _TIMESTAMP_NAMES:
        for column, title in enumerate(header or ()):
            if title.lower() == name:
                return column
    return next((column for column, cell in enumerate(first) if _is_time(cell.strip())), None)


def _value_column(
    named: str | None, header: list[str] | None, body: list[tuple[int, list[str]]], timestamp: int | None
) -> int:
    line, first = body[0]
    if named is not None:
        return _named(named, header, len(first))
    others = [column for column in range(len(first)) if column != timestamp]
    for name in _VALUE_NAMES:
        for column in others:
            if header and header[column].lower() == name:
                return column
    numeric = [
        column
        for column in others
        if _looks_numeric(next((r[column] for _, r in body if r[column].strip()), ""))
    ]
    if len(numeric) == 1:
        return numeric[0]
    found = "no column holds numbers" if not numeric else f"{len(numeric)} columns hold numbers"
    reason = f"{found}; name the one to take with --value-column"
    raise FileError(reason, line)


def _looks_numeric(cell: str) -> bool:
    return _is_number(cell.strip()) or _DECIMAL_COMMA.fullmatch(cell.strip()) is not None


def _named(named: str, header: list[str] | None, width: int) -> int:
    if header and named in header:
        return header.index(named)
    is_number = named.isascii() and named.isdigit() and len(named) <= _COLUMN_DIGITS
    if is_number and 1 <= int(named) <= width:
        return int(named) - 1
    reason = f"has no column {named!r}; it has {', '.join(header) if header else f'{width} without names'}"
    raise FileError(reason)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_time(cell: str) -> bool:
    if _EPOCH.fullmatch(cell):
        return True
    # A plain number is a year to the service's reader of timestamps.
    if len(cell) < len("2026-1") or _is_number(cell):
        return False
    try:
        to_nanoseconds([cell])
    except ContractError:
        return False
    return True


def _number(cell: str, line: int) -> float:
    if not _is_number(cell) or not math.isfinite(float(cell)):
        comma = _DECIMAL_COMMA.fullmatch(cell)
        reason = "the value has a decimal comma; write a point" if comma else "the value is not a number"
        raise FileError(reason, line)
    return float(cell)


def _stamp(cell: str, line: int) -> str:
    if _EPOCH.fullmatch(cell):
        seconds, _, fraction = cell.partition(".")
        nanoseconds = int(seconds) * 10 ** (9 if len(seconds) == len("1700000000") else 6)
        nanoseconds += int(fraction[:9].ljust(9, "0")) if fraction else 0
        return f"{np.datetime64(nanoseconds, 'ns')}Z"
    try:
        to_nanoseconds([cell])
    except ContractError:
        reason = "the timestamp is not ISO 8601, nor seconds or milliseconds since 1970"
        raise FileError(reason, line) from None
    return cell
