"""The reader of delimited text: its separator, its header and its rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from anomaly_container.services.univariate.contract.series_file.errors import SeriesFileError
from anomaly_container.services.univariate.contract.series_file.header import is_header
from anomaly_container.services.univariate.contract.series_file.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    TOO_LARGE,
    Table,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# The comma comes last, so that a decimal comma is not taken for a separator.
_SEPARATORS: Final = "\t;|,"
_ROWS_TO_SNIFF: Final = 50
_LINE: Final = re.compile(r"[^\r\n]++(?:\r\n?|\n)?|\r\n?|\n")
# Programs write this line for Excel, which reads the separator from it.
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


def read_delimited(text: str) -> Table:
    """Read rows of fields separated by tabs, semicolons, bars or commas.

    Raises
    ------
    SeriesFileError
        If quotes are wrong, or a row or the table is too large.
    """
    declared = _SEPARATOR_LINE.fullmatch(text[: text.find("\n") + 1 or None].strip()[:16])
    separator = declared[1] if declared else _separator(text)
    rows, places = [], []
    cells = 0
    for line, fields in islice(_rows(text, separator), 1 if declared else 0, None):
        rows.append(fields)
        places.append(line)
        cells += len(fields)
        if cells > MAX_CELLS or len(rows) > MAX_ROWS:
            raise SeriesFileError(TOO_LARGE)
    if not rows:
        reason = "is empty"
        raise SeriesFileError(reason)
    titles = rows[0] if is_header(rows) else None
    body, places = (rows, places) if titles is None else (rows[1:], places[1:])
    if not body:
        reason = "has a header and no rows"
        raise SeriesFileError(reason)
    width = _width(titles if titles is not None else body[0], body, places, separator)
    return table(body, titles, places, width=width, separator=separator)


class _Lines:
    """The lines of a text, each with its ending; they bound the number of fields of a row."""

    def __init__(self, text: str, separator: str) -> None:
        self._lines = (match[0] for match in _LINE.finditer(text))
        self._separator = separator
        self.fields = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.fields += line.count(self._separator)
        if self.fields >= MAX_COLUMNS:
            reason = f"a row has more than {MAX_COLUMNS:,} fields"
            raise SeriesFileError(reason)
        return line


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its last line."""
    lines = _Lines(text, separator)
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    began = 1
    try:
        for cells in reader:
            lines.fields = 0
            began = reader.line_num + 1
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        reason = f"cannot be read as CSV: {error}"
        raise SeriesFileError(reason, began) from None


def _separator(text: str) -> str:
    """Return the separator that gives most of the first rows the same number of fields, else a comma."""
    best, most = ",", 0.0
    for mark in _SEPARATORS:
        try:
            widths = Counter(len(cells) for _, cells in islice(_rows(text, mark), _ROWS_TO_SNIFF))
        except SeriesFileError:
            continue
        share = max((count for width, count in widths.items() if width > 1), default=0) / max(
            widths.total(), 1
        )
        if share > most:
            best, most = mark, share
    return best


def _width(first: list[str], body: list[list[str]], places: list[int], separator: str) -> int:
    """Return the number of columns; separators at the end of a row do not count.

    Raises
    ------
    SeriesFileError
        If a row has more fields than the first, and they are not all blank.
    """
    width = len(first)
    for cells, line in zip(body, places, strict=True):
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            reason = f"{len(cells):,} fields where the first row has {width:,}; {_advice(separator)}"
            raise SeriesFileError(reason, line)
    return width


def _advice(separator: str) -> str:
    if separator == ",":
        return (
            "a comma within a number, for thousands or decimals, or within a date needs quotes around it, or "
            "another separator between the fields"
        )
    return "a field with the separator in it needs quotes"
