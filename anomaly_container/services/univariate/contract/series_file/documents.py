"""The reader of JSON: lists of points, pairs or numbers, columns, the layouts of pandas, JSON lines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.univariate.contract.series_file.dates import looks_like_time
from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
from anomaly_container.services.univariate.contract.series_file.header import is_header
from anomaly_container.services.univariate.contract.series_file.numerals import PLAIN
from anomaly_container.services.univariate.contract.series_file.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LARGE,
    Table,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOT_ALIKE: Final = "not like the items above: all must be points, or pairs, or numbers"
_NO_LIST: Final = "has no list 'series', nor a list of points in its place"
# At most one comma for each cell, and one for each name.
_MAX_COMMAS: Final = 2 * MAX_CELLS
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def decoded_document(text: str) -> object:
    """Return decoded JSON, with numbers as the strings that were written.

    Raises
    ------
    SeriesFileError
        If it has too many parts, or is nested too deeply.
    JSONDecodeError
        If it is not JSON.
    """
    if text.count(",") > _MAX_COMMAS:
        raise SeriesFileError(TOO_LARGE)
    try:
        return json.loads(text, parse_constant=str, parse_int=str, parse_float=str)
    except RecursionError:
        reason = "is nested too deeply"
        raise SeriesFileError(reason) from None


def read_document(document: object) -> Table:
    """Return the table in a document.

    Raises
    ------
    SeriesFileError
        If its layout is not known.
    """
    if isinstance(document, list):
        return _of_items(document)
    if isinstance(document, dict):
        return _of_object(document)
    reason = "holds one value and no series"
    raise SeriesFileError(reason)


def read_lines(text: str) -> Table:
    """Return the table of JSON lines.

    Raises
    ------
    SeriesFileError
        If a line is not JSON.
    """
    items, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            items.append(decoded_document(line))
        except json.JSONDecodeError:
            reason = "is neither JSON nor one of JSON lines"
            raise SeriesFileError(reason, number) from None
        lines.append(number)
        if len(items) > MAX_ROWS:
            raise SeriesFileError(TOO_LARGE)
    return _of_items(items, lines)


def _of_items(items: list[Any], lines: list[int] | None = None) -> Table:
    """Return the table of a list of objects, of lists, or of single values."""
    if not items:
        reason = "is an empty list"
        raise SeriesFileError(reason)
    if len(items) > MAX_ROWS:
        raise SeriesFileError(TOO_LARGE)
    places = lines or list(range(1, len(items) + 1))
    unit = "point" if lines is None else "line"
    kind = _kind(items[0])
    odd = next((place for item, place in zip(items, places, strict=True) if _kind(item) is not kind), None)
    if odd is not None:
        raise SeriesFileError(_NOT_ALIKE if lines else f"point {odd}: {_NOT_ALIKE}", odd if lines else None)
    if kind is dict:
        return _of_records(items, places, unit)
    rows = [[_cell(cell) for cell in (item if kind is list else (item,))] for item in items]
    if kind is list and len(rows) > 1 and is_header(rows):
        return _of_rows(rows[1:], places[1:], unit, rows[0])
    return _of_rows(rows, places, unit)


def _kind(item: object) -> type:
    return type(item) if isinstance(item, dict | list) else object


def _of_rows(
    rows: list[list[str]], places: Sequence[int], unit: str, titles: Sequence[str] | None = None
) -> Table:
    width = max(map(len, rows), default=0)
    if width > MAX_COLUMNS:
        reason = f"a point has more than {MAX_COLUMNS:,} parts"
        raise SeriesFileError(reason)
    return table(rows, titles, places, width=width, unit=unit)


def _of_records(records: list[dict[str, Any]], places: Sequence[int], unit: str) -> Table:
    titles: dict[str, int] = {}
    for record in records:
        for name in record:
            titles.setdefault(name, len(titles))
        if len(titles) > MAX_COLUMNS:
            reason = f"has points of more than {MAX_COLUMNS:,} different names"
            raise SeriesFileError(reason)
    if len(titles) * len(records) > MAX_CELLS:
        raise SeriesFileError(TOO_LARGE)
    rows = [[_cell(record.get(name)) for name in titles] for record in records]
    return table(rows, list(titles), places, width=len(titles), unit=unit)


def _of_object(document: Mapping[str, Any]) -> Table:
    """Return the table of an object: a request without fields, a frame of pandas, or its only list."""
    values = list(document.values())
    if {"columns", "data"} <= set(document):
        return _split(document)
    if values and all(isinstance(value, dict) for value in values):
        return _of_frame(document)
    if values and not any(isinstance(value, dict | list) for value in values):
        return _of_scalars(document)
    lists = [value for value in values if isinstance(value, list)]
    if len(lists) == 1:
        return _of_items(lists[0])
    if len(lists) > 1 and len({len(each) for each in lists}) == 1 and lists[0]:
        columns = {name: value for name, value in document.items() if isinstance(value, list)}
        rows = [[_cell(cell) for cell in row] for row in zip(*columns.values(), strict=True)]
        return _of_rows(rows, range(1, len(rows) + 1), "point", list(columns))
    raise SeriesFileError(_NO_LIST)


def _split(document: Mapping[str, Any]) -> Table:
    """Return the table of the layout that pandas calls `split`."""
    columns, data, index = document["columns"], document["data"], document.get("index")
    is_whole = (
        isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data)
    )
    if (
        not is_whole
        or not data
        or (index is not None and (not isinstance(index, list) or len(index) != len(data)))
    ):
        reason = "has 'columns' and 'data' that do not belong together"
        raise SeriesFileError(reason)
    rows = [[_cell(cell) for cell in row] for row in data]
    titles = [_cell(title) for title in columns]
    if index is not None:
        rows = [[_cell(name), *row] for name, row in zip(index, rows, strict=True)]
        titles = ["", *titles]
    return _of_rows(rows, range(1, len(rows) + 1), "point", titles)


def _of_frame(document: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the table of objects in an object: columns of rows, as pandas writes it, or rows of columns."""
    inner = max(document.values(), key=len)
    if len(document) > len(inner) or (len(document) == len(inner) and all(map(_NUMBER.fullmatch, document))):
        records = [{"": name, **row} for name, row in document.items()]
        return _of_records(records, range(1, len(records) + 1), "point")
    names = dict.fromkeys(name for column in document.values() for name in column)
    if len(names) * (len(document) + 1) > MAX_CELLS or len(document) > MAX_COLUMNS:
        raise SeriesFileError(TOO_LARGE)
    rows = [[name, *(_cell(column.get(name)) for column in document.values())] for name in names]
    return _of_rows(rows, range(1, len(rows) + 1), "point", ["", *document])


def _of_scalars(document: Mapping[str, Any]) -> Table:
    """Return the table of values by their times, as pandas writes a series, or that of one point."""
    if any(name.lower() == "value" for name in document):
        return _of_records([dict(document)], [1], "point")
    if not all(looks_like_time(name) or PLAIN.fullmatch(name) for name in document):
        raise SeriesFileError(_NO_LIST)
    rows = [[name, _cell(value)] for name, value in document.items()]
    return _of_rows(rows, range(1, len(rows) + 1), "point")


def _cell(value: object) -> str:
    """Return a value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "{}"
