"""The columns of one block of rows: numbers with NaN for gaps, and the text of a column when asked for.

A number is what pandas reads as one: decimal digits with at most one decimal point, an optional sign and
exponent, with space around it and in quotes if so written. It becomes the nearest double. A gap is an empty
cell, one of pandas' words (`NA`, `null`, ...) exactly, or a cell that a short row lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.batches import _kernels, csv_twin
from anomaly_container.detection.batches.csv_rows import SEPARATORS, Rows, TableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    r"""The wanted columns of a block, and where its rows stand.

    Attributes
    ----------
    rows : Rows
        The rows that were read.
    separator : bytes
        One byte.
    numbers : (rows, columns) float64
        The wanted columns in the order asked for; NaN for everything that is not a number.
    layout : (rows, 3) int64
        Of each row where its text begins in `rows.data`, where it ends, without the line end, and how many
        cells it lacks.
    gaps, out_of_range, bad_cells : (columns,) int64
        Cells of each column that are gaps; infinite or beyond 1e150 in size; text.
    first_bad : (columns,) int64
        The row of the first bad cell of each column; -1 if every cell is a number or a gap.
    decimal_commas : int
        Numbers written with a decimal comma.

    Examples
    --------
    >>> block = parse_block(Rows(b'09:00,1.5\n"09:01",high\n', 2, 2), b",", fields=2, wanted=[1])
    >>> block.text(0)
    ['09:00', '09:01']
    >>> block.text(0, slice(-1, None))
    ['09:01']
    >>> block.bad_cells.tolist(), block.line(int(block.first_bad[0]))
    ([1], 3)
    """

    rows: Rows
    separator: bytes
    numbers: FloatArray
    layout: IntArray
    gaps: IntArray
    out_of_range: IntArray
    bad_cells: IntArray
    first_bad: IntArray
    decimal_commas: int

    def text(self, field: int, rows: slice = slice(None)) -> list[str]:
        """Return the text of a column, without quotes; empty where a row lacks it.

        Parameters
        ----------
        field : int
            The place of the column in the header.
        rows : slice, optional
            The rows wanted; all of them otherwise.

        Returns
        -------
        list of str
            One for each row.
        """
        return [cells[field] if field < len(cells) else "" for cells in self.cells(rows)]

    def cells(self, rows: slice = slice(None)) -> Iterator[list[str]]:
        """Give the cells of rows as text, without quotes; a short row has fewer.

        Parameters
        ----------
        rows : slice, optional
            The rows wanted; all of them otherwise.

        Yields
        ------
        list of str
            The cells of one row.
        """
        data, mark = self.rows.data, self.separator.decode()
        for start, end, _ in self.layout[rows].tolist():
            text = data[start:end]
            if b'"' in text:
                record = next(csv_twin.records(text, self.separator))
                yield [cell.encode("latin-1").decode("utf-8", "replace") for cell in record.cells]
            else:
                yield text.decode("utf-8", "replace").split(mark)

    def line(self, row: int) -> int:
        """Return the line of the file at which a row begins, from 1.

        Parameters
        ----------
        row : int
            Its place in the block.

        Returns
        -------
        int
        """
        return _line(self.rows, int(self.layout[row, 0]))


def parse_block(
    rows: Rows, separator: bytes, *, fields: int, wanted: Sequence[int], decimal_comma: bool = False
) -> Block:
    r"""Read the wanted columns of a block.

    A row is split at the separators outside quotes. A number of at most 19 digits is an integer divided by or
    multiplied with a power of ten: the result is exact in 53 or 128 bits and rounded once. Other numbers are
    left to the C library in the "C" locale, which rounds correctly too.

    Parameters
    ----------
    rows : Rows
        From `RowReader.take`.
    separator : bytes
        One byte of `SEPARATORS`.
    fields : int
        The number of columns in the header.
    wanted : sequence of int
        Places in the header of the numeric columns, each once.
    decimal_comma : bool, optional
        Also read `1,5` as a number.

    Returns
    -------
    Block
        Its arrays are new.

    Raises
    ------
    TableError
        "ragged" if a row has more cells than the header; "too_big" for a cell beyond `LARGEST_MAX_CELL`.
    ValueError
        If a wanted place is not in the header or is repeated, the separator is not one of `SEPARATORS`, or
        `rows.count` is wrong.

    Examples
    --------
    >>> block = parse_block(Rows(b"a,1.50,NA\nb,-inf, 2e1\nc\n", 3, 2), b",", fields=3, wanted=[2, 1])
    >>> block.numbers.tolist()
    [[nan, 1.5], [20.0, nan], [nan, nan]]
    >>> block.gaps.tolist(), block.out_of_range.tolist()
    ([2, 1], [0, 1])

    References
    ----------
    Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990.
    """
    _check(separator, fields, wanted)
    slots = np.full(fields, -1, dtype=np.int32)
    slots[wanted] = np.arange(len(wanted))
    numbers = np.empty((rows.count, len(wanted)))
    layout = np.empty((rows.count, 3), dtype=np.int64)
    counts = np.zeros((4, len(wanted)), dtype=np.int64)
    counts[csv_twin.FIRST_TEXT] = -1
    parse = csv_twin.parse_rows if _kernels.compiled is None else _kernels.compiled.parse_rows
    status, _, at, number = parse(rows.data, separator[0], decimal_comma, slots, numbers, layout, counts)
    if status != csv_twin.DONE:
        raise _error(status, rows, at, f"{number} cells, the header has {fields}")
    gaps, out_of_range, bad_cells, first_bad = counts
    return Block(rows, separator, numbers, layout, gaps, out_of_range, bad_cells, first_bad, number)


def _check(separator: bytes, fields: int, wanted: Sequence[int]) -> None:
    if len(separator) != 1 or separator not in SEPARATORS:
        message = "the separator is one of SEPARATORS"
        raise ValueError(message)
    if len({*wanted}) != len(wanted) or not all(0 <= field < fields for field in wanted):
        message = "the wanted columns are places in the header, each once"
        raise ValueError(message)


def _error(status: int, rows: Rows, at: int, ragged: str) -> Exception:
    """Return the error for a call that did not end well, `at` being where its last row begins."""
    if status == csv_twin.MISCOUNTED:
        return ValueError(f"the block does not have {rows.count} rows")
    if status == csv_twin.TOO_BIG:
        return TableError(_line(rows, at), "too_big", f"a cell has more than {csv_twin.LARGEST_CELL} bytes")
    detail = "a quoted cell is not closed" if status == csv_twin.UNCLOSED else ragged
    return TableError(_line(rows, at), "ragged", detail)


def _line(rows: Rows, at: int) -> int:
    before = rows.data[:at]
    return rows.first_line + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
