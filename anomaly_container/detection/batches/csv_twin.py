"""The kernels of tables in Python, by its csv module: they run if no extension was built.

Each takes and fills the same arrays as the one in C and gives the same bytes and bits. Bytes are read as
Latin-1, in which each is one character.
"""

from __future__ import annotations

import csv
import re
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

DONE, RAGGED, UNCLOSED, MISCOUNTED, TOO_BIG = range(5)
"""The status that a call returns."""
GAPS, OUT_OF_RANGE, TEXTS, FIRST_TEXT = range(4)
"""The rows of the counts."""
LARGEST_CELL: Final = 131_072
"""The csv module's own bound."""
LARGEST_NUMBER: Final = 1e150
"""A larger one would overflow when it is squared."""
GAP_WORDS: Final = frozenset(
    {
        *("", "#N/A", "N/A", "NA", "n/a", "NULL", "null", "NaN", "nan", "None", "<NA>", "#NA"),
        *("-nan", "-NaN", "1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN", "#N/A N/A"),
    }
)
_SPACE: Final = " \t\n\v\f\r"
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE: Final = re.compile(r"[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)


class Record(NamedTuple):
    """One row: its cells, where its text begins and ends, where the next one begins, and its lines."""

    cells: list[str]
    start: int
    end: int
    next: int
    lines: int
    is_closed: bool


def records(data: bytes, separators: bytes) -> Iterator[Record]:
    """Every row, blank lines too; the last one may lack its line end or, if not closed, more."""
    if len(separators) > 1:
        data = data.translate(bytes.maketrans(separators, separators[:1] * len(separators)))
    lines = data.splitlines(keepends=True)
    ended = False

    def decoded() -> Iterator[str]:
        nonlocal ended
        for line in lines:
            yield line.decode("latin-1")
        ended = True

    reader = csv.reader(decoded(), delimiter=chr(separators[0]))
    start = read = 0
    for cells in reader:
        text = b"".join(lines[read : reader.line_num])
        end = start + len(text.rstrip(b"\r\n"))
        # A reader that asks for more than there is has an open quote.
        yield Record(cells, start, end, start + len(text), reader.line_num - read, not ended)
        start += len(text)
        read = reader.line_num


def _is_blank(text: bytes, separators: bytes) -> bool:
    return not text.strip(bytes({*b" \t\r\n"} - {*separators}))


def rows_of(data: bytes, separator: bytes) -> Iterator[Record]:
    """Every row that is not blank."""
    for record in records(data, separator):
        if not _is_blank(data[record.start : record.next], separator):
            yield record


def scan_rows(
    waiting: bytearray, start: int, wanted: int, separators: bytes, max_cell: int
) -> tuple[int, int, int, int]:
    """Find the complete rows after `start`: the status, their number, their lines and where they end."""
    rows = lines = end = 0
    data = bytes(waiting[start:])
    try:
        for record in records(data, separators) if wanted else ():
            if any(len(cell) > max_cell for cell in record.cells):
                return TOO_BIG, rows, lines, start + end
            ending = data[record.end : record.next]
            # After a last CR a line feed may follow.
            is_complete = ending.endswith(b"\n") or (ending.endswith(b"\r") and record.next < len(data))
            if not (record.is_closed and is_complete):
                break
            rows += not _is_blank(data[record.start : record.next], separators)
            lines += record.lines
            end = record.next
            if rows == wanted:
                break
    except csv.Error:
        return TOO_BIG, rows, lines, start + end
    return DONE, rows, lines, start + end


def parse_rows(  # noqa: PLR0913, PLR0917  # the arguments of the kernel
    data: bytes,
    separator: int,
    comma_allowed: bool,
    slots: npt.NDArray[np.int32],
    values: FloatArray,
    layout: IntArray,
    counts: IntArray,
) -> tuple[int, int, int, int]:
    """Fill the arrays from the rows: the status, their number, where the last one read begins, a number."""
    row = at = commas = 0
    try:
        for record in records(data, bytes([separator])):
            at = record.start
            if _is_blank(data[at : record.next], bytes([separator])):
                at = record.next
                continue
            if row == len(layout):
                return MISCOUNTED, row, at, commas
            if not record.is_closed:
                return UNCLOSED, row, at, commas
            if len(record.cells) > slots.size:
                return RAGGED, row, at, len(record.cells)
            layout[row] = record.start, record.end, slots.size - len(record.cells)
            cells = [*record.cells, *[""] * (slots.size - len(record.cells))]
            for column, cell in zip(slots.tolist(), cells, strict=True):
                if column >= 0:
                    values[row, column], kind, has_comma = _read_cell(cell, comma_allowed=comma_allowed)
                    commas += has_comma
                    _count(counts[:, column], kind, row)
            row += 1
            at = record.next
    except csv.Error:
        return TOO_BIG, row, at, commas
    return (DONE if row == len(layout) else MISCOUNTED), row, at, commas


def _count(counts: IntArray, kind: int | None, row: int) -> None:
    if kind is None:
        return
    if kind == TEXTS and counts[TEXTS] == 0:
        counts[FIRST_TEXT] = row
    counts[kind] += 1


def _read_cell(cell: str, *, comma_allowed: bool) -> tuple[float, int | None, bool]:
    """Return the number of a cell or NaN, the count that it adds to, and whether it has a decimal comma."""
    number = cell.strip(_SPACE)
    if not (_DECIMAL_COMMA if comma_allowed else _DECIMAL).fullmatch(number):
        kind = GAPS if cell in GAP_WORDS else OUT_OF_RANGE if _INFINITE.fullmatch(cell) else TEXTS
        return nan, kind, False
    value = float(number.replace(",", "."))
    if abs(value) <= LARGEST_NUMBER:
        return value, None, "," in number
    return nan, OUT_OF_RANGE, "," in number


def append_cells(
    data: bytes,
    layout: IntArray,
    separator: int,
    mark: int,
    columns: Sequence[tuple[str, Any, tuple[bytes, ...]]],
) -> bytes:
    """Return the rows as they stand, each with its cells of the new columns."""
    rows = len(layout)
    cells_of = [_texts(rows, chr(mark), *column) for column in columns]
    by_row = zip(*cells_of, strict=True) if columns else [()] * rows
    divider = bytes([separator])
    lines = [
        divider.join([data[start:end] + divider * lacking, *cells]) + b"\n"
        for (start, end, lacking), cells in zip(layout.tolist(), by_row, strict=True)
    ]
    return b"".join(lines)


def _texts(rows: int, mark: str, kind: str, numbers: Any, words: tuple[bytes, ...]) -> list[bytes]:  # noqa: ANN401  # an array or None
    if kind == "e":
        return [b""] * rows
    cells = numbers.tolist()
    if kind == "w":
        return [words[place] for place in cells]
    if kind == "i":
        return [b"%d" % number for number in cells]
    return [repr(x).replace(".", mark).encode() if isfinite(x) else b"" for x in cells]


def quoted(text: str, separator: bytes) -> bytes:
    """Return a text as a cell, in quotes if it holds the separator, a quote or a line end."""
    cell = text.encode()
    if any(mark in cell for mark in (separator, b'"', b"\r", b"\n")):
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
