"""A table of an object, read block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container.detection.batches.csv_append import append
from anomaly_container.detection.batches.csv_block import Block, parse_block
from anomaly_container.detection.batches.csv_header import append_header, guess_separator, parse_header
from anomaly_container.detection.batches.csv_rows import SEPARATORS, RowReader, TableError
from anomaly_container.services.batches.columns import candidates, chosen_places, numeric_names, places_of
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.decoding import Decoder
from anomaly_container.services.batches.decompression import decompressed
from anomaly_container.services.batches.scorable import Scorable, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from anomaly_container.detection.batches.csv_append import Column
    from anomaly_container.detection.batches.csv_rows import Rows

_REASONS: Final = {"ragged": Reason.RAGGED, "too_big": Reason.TOO_BIG}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """How tables are read.

    Attributes
    ----------
    is_strict
        Whether only UTF-8 with commas is read, as in compat mode.
    renamed
        Our names of columns, by those in the files.
    time_column
        The name of the time column.
    ignored
        Names of columns that are not scored if the first table decides.
    max_bytes, max_rows, max_columns, max_cell
        The limits of a table; bytes after decompression.
    block_rows
        The rows of a block.
    """

    is_strict: bool
    renamed: Mapping[str, str]
    time_column: str
    ignored: Sequence[str]
    max_bytes: int
    max_rows: int
    max_columns: int
    max_cell: int
    block_rows: int


class Table:
    """One table: its header, and then its blocks.

    Parameters
    ----------
    pieces
        The bytes of the object.
    key
        Its key, whose suffix names the compression.
    options
        How it is read.

    Attributes
    ----------
    names
        The names in the header.
    rows
        The rows read so far.

    Raises
    ------
    DeadLetterError
        If the object has no header, or one with too many columns.
    """

    def __init__(self, pieces: Iterable[bytes], key: str, options: TableOptions) -> None:
        self._options = options
        self._decoder = Decoder(is_strict=options.is_strict)
        self._pieces = self._decoder.decode(decompressed(pieces, key, options.max_bytes))
        self._reader = RowReader(max_cell=options.max_cell)
        self._is_read = False
        self._decimal_comma: bool | None = None
        header = self._next(1, b"," if options.is_strict else SEPARATORS)
        if header is None:
            raise DeadLetterError(Reason.EMPTY)
        self._header = header
        self._separator = b"," if options.is_strict else guess_separator(header)
        self.names = parse_header(header, self._separator)
        if len(self.names) > options.max_columns:
            raise DeadLetterError(Reason.TOO_MANY_COLUMNS)
        self.rows = 0
        self._ahead: Rows | None = None

    @property
    def encoding(self) -> str:
        """The encoding, as far as it is known."""
        return self._decoder.encoding

    @property
    def time_place(self) -> int | None:
        """The place of the time column in the header; None if there is none."""
        return places_of(self.names, [self._options.time_column], self._options.renamed)[0]

    def header(self, names: Sequence[str]) -> bytes:
        """Return the header with new names behind it."""
        return append_header(self._header, self._separator, names)

    def append(self, part: Scorable, columns: Sequence[Column]) -> bytes:
        """Return the rows of a block with new cells behind each."""
        assert isinstance(part.block, Block)  # noqa: S101  # `blocks` gives no others
        return append(part.block, columns, decimal_comma=bool(self._decimal_comma))

    def end(self) -> bytes:
        """Return the end of the output: nothing."""
        return b""

    def numeric_columns(self) -> tuple[str, ...]:
        """Return our names of the columns whose cells are numbers in the first block.

        Raises
        ------
        DeadLetterError
            If there are no rows, or no such columns.
        """
        options = self._options
        found = candidates(self.names, options.renamed, [*options.ignored, options.time_column])
        self._ahead = self._next(options.block_rows, self._separator)
        if self._ahead is None:
            raise DeadLetterError(Reason.NO_ROWS)
        block = self._parsed(self._ahead, list(found.values()))
        return numeric_names(list(found), block.numbers, block.bad_cells)

    def places(self, columns: Sequence[str]) -> tuple[int | None, ...]:
        """Return the place in the header of each scored column; None for one that is missing.

        Raises
        ------
        DeadLetterError
            If one is missing in a strict table, or all are.
        """
        return chosen_places(self.names, columns, self._options.renamed, is_strict=self._options.is_strict)

    def blocks(self, places: Sequence[int | None]) -> Iterator[Scorable]:
        """Yield the blocks in order.

        Parameters
        ----------
        places
            The places of the scored columns.

        Raises
        ------
        DeadLetterError
            If a row has too many cells, or the table is too long or has no rows.
        """
        present = [place for place in places if place is not None]
        while rows := self._ahead or self._next(self._options.block_rows, self._separator):
            self._ahead = None
            self.rows += rows.count
            if self.rows > self._options.max_rows:
                raise DeadLetterError(Reason.TOO_BIG, line=rows.first_line)
            block = self._parsed(rows, present)
            if self._decimal_comma is None:
                self._decimal_comma = block.decimal_commas > 0
            yield Scorable(block, *spread(places, block.numbers, block.bad_cells))
        if not self.rows:
            raise DeadLetterError(Reason.NO_ROWS)

    def _next(self, count: int, separators: bytes) -> Rows | None:
        """Return the next rows; None at the end of the table."""
        try:
            while (rows := self._reader.take(count, separators)) is None and not self._is_read:
                piece = next(self._pieces, None)
                if piece is None:
                    self._is_read = True
                    self._reader.finish()
                else:
                    self._reader.feed(piece)
        except TableError as error:
            raise DeadLetterError(_REASONS[error.kind], line=error.line) from None
        return rows

    def _parsed(self, rows: Rows, wanted: Sequence[int]) -> Block:
        try:
            return parse_block(
                rows,
                self._separator,
                fields=len(self.names),
                wanted=wanted,
                decimal_comma=self._separator == b";",
            )
        except TableError as error:
            raise DeadLetterError(_REASONS[error.kind], line=error.line) from None
