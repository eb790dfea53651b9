"""Rows of a scored table, read again for the routes that show them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from anomaly_container.detection.batches.csv_block import parse_block
from anomaly_container.detection.batches.csv_header import guess_separator, parse_header
from anomaly_container.detection.batches.csv_rows import SEPARATORS, RowReader
from anomaly_container.detection.batches.csv_twin import GAP_WORDS
from anomaly_container.services.batches.columns import places_of
from anomaly_container.services.batches.decompression import decompressed
from anomaly_container.services.batches.parquet_table import is_parquet, open_parquet
from anomaly_container.services.batches.stretches import MOST_POINTS, Stretches
from anomaly_container.services.batches.table import TableOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.detection.batches.csv_block import Block
    from anomaly_container.detection.numeric.arrays import FloatArray

ROWS_AT_ONCE: Final = 10_000
MOST_BYTES: Final = 256 << 20
"""The bytes of one table that a route reads at most; what comes behind is not shown."""
FLAGS: Final = {"True": True, "False": False}
ANOMALY: Final = "anomaly"
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
NUMBER: Final = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?|[+-]?inf(inity)?", re.IGNORECASE
)


SHOWN: Final = TableOptions(
    is_strict=False,
    renamed={},
    time_column="",
    ignored=(),
    max_bytes=MOST_BYTES,
    max_rows=1 << 62,
    max_columns=1 << 20,
    max_cell=MOST_BYTES,
    block_rows=ROWS_AT_ONCE,
)
"""How a Parquet table is read for a route; its rows and columns were counted when it was scored."""


class Shown(Protocol):
    """Some rows."""

    @property
    def numbers(self) -> FloatArray:
        """The wanted columns, (rows, columns) float64."""

    def text(self, field: int, rows: slice = ...) -> list[str]:
        """Return the text of a column."""

    def cells(self, rows: slice = ...) -> Iterator[list[str]]:
        """Yield the cells of rows as text."""


class Readable(Protocol):
    """A scored table of any form."""

    names: list[str]

    def shown(self, wanted: list[int]) -> Iterator[Shown]:
        """Yield the blocks, with the numbers of some columns."""


class ScoredTable:
    """A scored table below `processed/`.

    Parameters
    ----------
    pieces
        Its bytes.
    key
        Its key, whose suffix names the compression.

    Attributes
    ----------
    names
        The names in its header; empty for a table without one.
    """

    def __init__(self, pieces: Iterable[bytes], key: str) -> None:
        self._pieces = iter(decompressed(pieces, key, MOST_BYTES))
        self._reader = RowReader()
        self._is_read = False
        header = self._next(1, SEPARATORS)
        self._separator = guess_separator(header) if header is not None else b","
        self.names = parse_header(header, self._separator) if header is not None else []

    def shown(self, wanted: list[int]) -> Iterator[Block]:
        """Yield the blocks, with the numbers of some columns."""
        while rows := self._next(ROWS_AT_ONCE, self._separator):
            yield parse_block(rows, self._separator, fields=len(self.names), wanted=wanted)

    def _next(self, count: int, separators: bytes) -> Any:  # noqa: ANN401  # rows, or None at the end
        while (rows := self._reader.take(count, separators)) is None and not self._is_read:
            piece = next(self._pieces, None)
            if piece is None:
                self._is_read = True
                self._reader.finish()
            else:
                self._reader.feed(piece)
        return rows


@contextmanager
def _open(pieces: Iterable[bytes], key: str) -> Iterator[Readable]:
    if not is_parquet(key):
        yield ScoredTable(pieces, key)
        return
    with open_parquet(pieces, SHOWN) as table:
        yield table


def anomalous_rows(pieces: Iterable[bytes], key: str, most: int) -> list[dict[str, Any]]:
    """Return the flagged rows of a scored table in its order, with the names of its columns.

    Parameters
    ----------
    pieces
        The bytes of the table.
    key
        Its key.
    most
        The most rows.
    """
    with _open(pieces, key) as table:
        return _anomalous_rows(table, key, most)


def _anomalous_rows(table: Readable, key: str, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place = _last_place(table.names, ANOMALY)
    if place is None:
        return found
    for block in table.shown([]):
        flags = block.text(place)
        for row, flag in enumerate(flags):
            if flag == "True":
                [cells] = block.cells(slice(row, row + 1))
                found.append({**dict(zip(table.names, map(_value, cells), strict=False)), "source_file": key})
                if len(found) == most:
                    return found
    return found


def points(
    pieces: Iterable[bytes], key: str, channel: str, time_column: str, most: int = MOST_POINTS
) -> list[dict[str, Any]]:
    """Return time, value and flag of one channel, for a chart; the flag is that of the whole row.

    Of a long table every stretch of rows is shown by its least and largest value, and by a flagged row.

    Parameters
    ----------
    pieces
        The bytes of the table.
    key
        Its key.
    channel
        The name of the column.
    time_column
        The name of the time column.
    most
        The most rows.
    """
    with _open(pieces, key) as table:
        return _points(table, channel, time_column, most)


def _points(table: Readable, channel: str, time_column: str, most: int) -> list[dict[str, Any]]:
    [place, time_place] = places_of(table.names, [channel, time_column], {})
    flag_place = _last_place(table.names, ANOMALY)
    if place is None:
        return []
    shown = Stretches(most)
    for block in table.shown([place]):
        count = block.numbers.shape[0]
        first = shown.rows
        times = block.text(time_place) if time_place is not None else map(str, range(first, first + count))
        flags = block.text(flag_place) if flag_place is not None else [""] * count
        for time, value, flag in zip(times, block.numbers[:, 0].tolist(), flags, strict=True):
            shown.add(time, value, is_flagged=flag == "True")
    return shown.points()


def _last_place(names: list[str], name: str) -> int | None:
    """Return the last place of a name, as our columns come last; None if it is not there."""
    return len(names) - 1 - names[::-1].index(name) if name in names else None


def _value(cell: str) -> object:
    """Return the JSON of a cell: a flag, a number, null for a gap, or its text."""
    if cell in FLAGS:
        return FLAGS[cell]
    if cell in GAP_WORDS:
        return None
    if not NUMBER.fullmatch(cell):
        return cell
    # JSON has no other numbers: one that is infinite becomes null.
    return int(cell) if INTEGER.fullmatch(cell) else float(cell)
