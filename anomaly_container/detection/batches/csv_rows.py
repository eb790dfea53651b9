"""Rows in a stream of bytes: a reader that cuts the stream at row ends.

A cell may be quoted with `"`, a quote inside it is doubled, and it may then hold separators and line ends. A
row ends with LF, CRLF or CR. Lines of nothing but spaces and tabs are skipped. The bytes are UTF-8 without a
byte order mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from anomaly_container.detection.batches import _kernels, csv_twin

SEPARATORS: Final = b",;\t|"
"""The possible separators of cells, the most usual first."""
MAX_CELL: Final = 64 * 1024
"""Bytes of a cell, without its quotes."""
LARGEST_MAX_CELL: Final = csv_twin.LARGEST_CELL
"""The most that `max_cell` may be."""
MAX_WAITING: Final = 256 * 1024 * 1024
"""Bytes that may wait for the end of one block."""
_LONG_ROW: Final = 1024 * 1024


class TableError(Exception):
    """A table that cannot be read on.

    Parameters
    ----------
    line : int
        The line of the file in which the row begins, from 1.
    kind : {"ragged", "too_big"}
        "ragged": a row with more cells than the header, or a quote that is not closed. "too_big": a cell or a
        block beyond its bound.
    detail : str
        A sentence; it never repeats what a cell holds.

    Examples
    --------
    >>> raise TableError(7, "ragged", "6 cells, the header has 5")
    Traceback (most recent call last):
    anomaly_container.detection.batches.csv_rows.TableError: line 7: 6 cells, the header has 5
    """

    def __init__(self, line: int, kind: Literal["ragged", "too_big"], detail: str) -> None:
        super().__init__(f"line {line}: {detail}")
        self.line = line
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Rows:
    r"""Complete rows as they stand in the file.

    Attributes
    ----------
    data : bytes
        The rows with their line ends, and blank lines between them.
    count : int
        The number of rows.
    first_line : int
        The line of the file at which `data` begins, from 1.

    Examples
    --------
    >>> Rows(b"1,2\n3,4\n", 2, 1).count
    2
    """

    data: bytes
    count: int
    first_line: int


class RowReader:
    r"""Cut a stream of bytes into blocks of so many rows; what waits is one block at most.

    Parameters
    ----------
    max_cell : int, optional
        The most bytes of a cell without its quotes, at most `LARGEST_MAX_CELL`.
    max_waiting : int, optional
        The most bytes that wait for the end of a block.

    Raises
    ------
    ValueError
        If `max_cell` is not between 1 and `LARGEST_MAX_CELL`.

    Examples
    --------
    >>> reader = RowReader()
    >>> reader.feed(b'time,level\r\n1,"2"\r')
    >>> reader.take(1, SEPARATORS)
    Rows(data=b'time,level\r\n', count=1, first_line=1)
    >>> reader.take(2, b",")
    >>> reader.feed(b"\n\n2,5")
    >>> reader.finish()
    >>> reader.take(2, b",")
    Rows(data=b'1,"2"\r\n\n2,5\n', count=2, first_line=2)
    >>> reader.take(2, b",")
    """

    def __init__(self, *, max_cell: int = MAX_CELL, max_waiting: int = MAX_WAITING) -> None:
        if not 1 <= max_cell <= LARGEST_MAX_CELL:
            message = f"max_cell is between 1 and {LARGEST_MAX_CELL}"
            raise ValueError(message)
        self._max_cell = max_cell
        self._max_waiting = max_waiting
        self._waiting = bytearray()
        self._line = 1
        self._finished = False
        self._sought = (0, b"")
        self._rows = self._lines = self._end = self._enough = 0

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes of the stream.

        Parameters
        ----------
        chunk : bytes
            Any number of bytes; a row may go on in the next chunk.
        """
        self._waiting += chunk

    def finish(self) -> None:
        """Say that the stream has ended, so that its last row may lack a line end."""
        self._finished = True
        self._waiting += b"\n"

    def take(self, count: int, separators: bytes) -> Rows | None:
        """Return the next rows: `count`, or as many as are left once the stream has ended.

        Parameters
        ----------
        count : int
            The number of rows, at least 1.
        separators : bytes
            The separator of the table; all that it could be as long as the header is not known. A quote opens
            a quoted cell only at the beginning of a row or after one of them.

        Returns
        -------
        Rows or None
            None if more bytes are needed or, after `finish`, if there are no more rows.

        Raises
        ------
        TableError
            If a cell or the block is too big, or a quoted cell is not closed at the end.
        """
        if self._sought != (count, separators):
            self._sought = (count, separators)
            self._rows = self._lines = self._end = self._enough = 0
        if not self._finished and len(self._waiting) < self._enough:
            self._check_waiting()
            return None
        scan = csv_twin.scan_rows if _kernels.compiled is None else _kernels.compiled.scan_rows
        status, rows, lines, self._end = scan(
            self._waiting, self._end, count - self._rows, separators, self._max_cell
        )
        self._rows += rows
        self._lines += lines
        line = self._line + self._lines
        if status == csv_twin.TOO_BIG:
            raise TableError(line, "too_big", f"a cell has more than {self._max_cell} bytes")
        if self._rows < count and not self._finished:
            # The row that is not complete is read again from its beginning: a long one only once it has
            # doubled, so that no row costs more than twice its length.
            rest = len(self._waiting) - self._end
            self._enough = self._end + 2 * rest if rest > _LONG_ROW else 0
            self._check_waiting()
            return None
        if self._rows < count and self._end < len(self._waiting):
            raise TableError(line, "ragged", "a quoted cell is not closed")
        return self._cut() if self._rows else None

    def _check_waiting(self) -> None:
        if len(self._waiting) > self._max_waiting:
            detail = f"a block has more than {self._max_waiting} bytes"
            raise TableError(self._line + self._lines, "too_big", detail)

    def _cut(self) -> Rows:
        rows = Rows(bytes(self._waiting[: self._end]), self._rows, self._line)
        del self._waiting[: self._end]
        self._line += self._lines
        self._rows = self._lines = self._end = self._enough = 0
        return rows
