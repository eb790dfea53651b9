"""The header of a table: its separator, the names of its columns, and new names behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.detection.batches import csv_twin
from anomaly_container.detection.batches.csv_rows import SEPARATORS, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def guess_separator(header: Rows) -> bytes:
    r"""Return the separator that gives the header the most cells; of equal ones the first of `SEPARATORS`.

    Parameters
    ----------
    header : Rows
        One row.

    Returns
    -------
    bytes
        One byte.

    Examples
    --------
    >>> guess_separator(Rows(b'"a,b,c";d\n', 1, 1))
    b';'
    """
    candidates = [SEPARATORS[i : i + 1] for i in range(len(SEPARATORS))]
    return max(candidates, key=lambda separator: len(parse_header(header, separator)))


def parse_header(header: Rows, separator: bytes) -> list[str]:
    r"""Return the names of the columns, without the space around them.

    Parameters
    ----------
    header : Rows
        One row.
    separator : bytes
        One byte.

    Returns
    -------
    list of str
        One for each column; a name may be empty or repeated.

    Examples
    --------
    >>> parse_header(Rows(b'time, level ,"a ""b"" c"\r\n', 1, 1), b",")
    ['time', 'level', 'a "b" c']
    """
    record = next(csv_twin.rows_of(header.data, separator))
    return [cell.encode("latin-1").decode("utf-8", "replace").strip() for cell in record.cells]


def append_header(header: Rows, separator: bytes, names: Sequence[str]) -> bytes:
    r"""Return the header as it stands and new names after it, with LF as the line end.

    Parameters
    ----------
    header : Rows
        One row.
    separator : bytes
        One byte.
    names : sequence of str
        The new columns. One made of a name in the file begins as that does.

    Returns
    -------
    bytes
        One line.

    Examples
    --------
    >>> append_header(Rows(b"time;level\r\n", 1, 1), b";", ["level_zscore", "a;b"])
    b'time;level;level_zscore;"a;b"\n'
    """
    record = next(csv_twin.rows_of(header.data, separator))
    text = header.data[record.start : record.end]
    return separator.join([text, *(csv_twin.quoted(name, separator) for name in names)]) + b"\n"
