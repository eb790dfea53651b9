"""A table of a Parquet object, read block by block, and written as Parquet with new columns.

It needs pyarrow, the extra `parquet`, which the image does not have.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.batches.columns import candidates, chosen_places, numeric_names, places_of
from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.decompression import FREE_BYTES, MAX_RATIO
from anomaly_container.services.batches.parquet_block import ParquetBlock, block_of, is_text
from anomaly_container.services.batches.parquet_output import ParquetOutput
from anomaly_container.services.batches.scorable import Scorable, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from anomaly_container.detection.batches.csv_append import Column
    from anomaly_container.services.batches.table import TableOptions

MEMORY: Final = 1 << 22
"""Bytes of an object that are held in memory before a file is made: a reader begins at the end."""
BUFFER: Final = 1 << 20


def is_parquet(key: str) -> bool:
    """Return whether a key names a Parquet object."""
    return key.casefold().endswith(".parquet")


@contextmanager
def open_parquet(pieces: Iterable[bytes], options: TableOptions) -> Iterator[ParquetTable]:
    """Copy an object to a temporary file and open it as a table.

    Parameters
    ----------
    pieces
        The bytes of the object.
    options
        How it is read.

    Raises
    ------
    DeadLetterError
        If pyarrow is not installed, or the object is not a flat table within the limits.
    """
    try:
        import pyarrow.parquet  # noqa: PLC0415  # the extra `parquet`
    except ImportError:
        raise DeadLetterError(Reason.NO_PARQUET) from None
    with tempfile.SpooledTemporaryFile(max_size=MEMORY) as file:
        size = 0
        for piece in pieces:
            size += file.write(piece)
            if size > options.max_bytes:
                raise DeadLetterError(Reason.TOO_BIG)
        if not size:
            raise DeadLetterError(Reason.EMPTY)
        yield ParquetTable(file, size, options, pyarrow)


class ParquetTable:
    """One table: its names, and then its blocks.

    Parameters
    ----------
    file
        The object.
    size
        Its bytes.
    options
        How it is read.
    arrow
        The package pyarrow.

    Attributes
    ----------
    names
        The names of the columns.
    rows
        The rows read so far.

    Raises
    ------
    DeadLetterError
        If the object is not a flat table within the limits.
    """

    encoding: Final = "utf-8"

    def __init__(self, file: Any, size: int, options: TableOptions, arrow: ModuleType) -> None:  # noqa: ANN401  # a temporary file
        self._options = options
        self._arrow = arrow
        self._errors = (arrow.ArrowException, OSError)
        self._file = self._opened(file, ())
        metadata = self._file.metadata
        if metadata.num_columns > options.max_columns:
            raise DeadLetterError(Reason.TOO_MANY_COLUMNS)
        if metadata.num_rows > options.max_rows:
            raise DeadLetterError(Reason.TOO_BIG)
        groups = range(metadata.num_row_groups)
        expanded = sum(metadata.row_group(group).total_byte_size for group in groups)
        if not 0 <= expanded <= min(options.max_bytes, FREE_BYTES + MAX_RATIO * size):
            raise DeadLetterError(Reason.TOO_BIG)
        schema = self._schema()
        texts = [field.name for field in schema if is_text(arrow, field.type)]
        # A text that is repeated a million times is held once.
        self._file = self._opened(file, texts)
        self._fields = self._schema()
        self.names = [name.strip() for name in self._fields.names]
        codec = metadata.row_group(0).column(0).compression if groups and self.names else "SNAPPY"
        self._output = ParquetOutput(arrow, self._fields, codec)
        self._batches = self._exact(self._read())
        self._ahead: Any = None
        self._text_bytes = 0
        self.rows = 0

    @property
    def time_place(self) -> int | None:
        """The place of the time column; None if there is none."""
        return places_of(self.names, [self._options.time_column], self._options.renamed)[0]

    def numeric_columns(self) -> tuple[str, ...]:
        """Return our names of the columns whose cells are numbers in the first block.

        Raises
        ------
        DeadLetterError
            If there are no rows, or no such columns.
        """
        options = self._options
        found = candidates(self.names, options.renamed, [*options.ignored, options.time_column])
        self._ahead = next(self._batches, None)
        if self._ahead is None:
            raise DeadLetterError(Reason.NO_ROWS)
        block = block_of(self._arrow, self._ahead, list(found.values()), 0)
        return numeric_names(list(found), block.numbers, block.bad_cells)

    def places(self, columns: Sequence[str]) -> tuple[int | None, ...]:
        """Return the place of each scored column; None for one that is missing.

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
            If the table is too long, has no rows or cannot be read.
        """
        present = [place for place in places if place is not None]
        while (batch := self._ahead or next(self._batches, None)) is not None:
            self._ahead = None
            block = block_of(self._arrow, batch, present, self.rows)
            self.rows += batch.num_rows
            if self.rows > self._options.max_rows:
                raise DeadLetterError(Reason.TOO_BIG, line=block.line(0))
            yield Scorable(block, *spread(places, block.numbers, block.bad_cells))
        if not self.rows:
            raise DeadLetterError(Reason.NO_ROWS)

    def shown(self, wanted: Sequence[int]) -> Iterator[ParquetBlock]:
        """Yield the blocks of a scored table, with the numbers of some columns."""
        for batch in self._batches:
            yield block_of(self._arrow, batch, wanted, self.rows)

    def header(self, names: Sequence[str]) -> bytes:
        """Return the beginning of the output, which has new columns behind those of the table."""
        return self._output.header(names)

    def append(self, part: Scorable, columns: Sequence[Column]) -> bytes:
        """Return the rows of a block with new cells behind each."""
        assert isinstance(part.block, ParquetBlock)  # noqa: S101  # `blocks` gives no others
        return self._output.append(part.block.batch, columns)

    def end(self) -> bytes:
        """Return the end of the output."""
        return self._output.end()

    def _opened(self, file: Any, texts: Sequence[str]) -> Any:  # noqa: ANN401  # pyarrow has no types
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # the extra `parquet`

        file.seek(0)
        try:
            return ParquetFile(file, buffer_size=BUFFER, pre_buffer=False, read_dictionary=list(texts))
        except self._errors:
            raise DeadLetterError(Reason.CORRUPT) from None

    def _schema(self) -> Any:  # noqa: ANN401  # as above
        """Return the columns; a column of lists or records is not that of a table."""
        try:
            schema = self._file.schema_arrow
        except self._errors:
            raise DeadLetterError(Reason.CORRUPT) from None
        for field in schema:
            if self._arrow.types.is_nested(field.type):
                raise DeadLetterError(Reason.CORRUPT, column=field.name)
        return schema

    def _read(self) -> Iterator[Any]:
        try:
            yield from self._file.iter_batches(batch_size=self._options.block_rows, use_threads=False)
        except self._errors:
            raise DeadLetterError(Reason.CORRUPT) from None

    def _exact(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield blocks of the rows that the settings ask for, whatever the groups of the object are."""
        held: list[Any] = []
        rows, wanted = 0, self._options.block_rows
        for batch in batches:
            if batch.num_rows:
                self._check_texts(batch)
                held.append(batch)
                rows += batch.num_rows
            while rows >= wanted:
                whole = self._arrow.concat_batches(held)
                yield whole.slice(0, wanted)
                rows -= wanted
                held = [whole.slice(wanted)] if rows else []
        if rows:
            yield self._arrow.concat_batches(held)

    def _check_texts(self, batch: Any) -> None:  # noqa: ANN401  # as above
        """Count the bytes of texts against the limit of a table, each as often as it occurs."""
        import pyarrow.compute as compute  # noqa: PLC0415, PLR0402  # the extra `parquet`

        for column in batch.columns:
            if self._arrow.types.is_dictionary(column.type) and is_text(self._arrow, column.type.value_type):
                sizes = compute.binary_length(column.dictionary)
                if (compute.max(sizes).as_py() or 0) > self._options.max_cell:
                    raise DeadLetterError(Reason.TOO_BIG)
                self._text_bytes += compute.sum(sizes.take(column.indices)).as_py() or 0
        if self._text_bytes > self._options.max_bytes:
            raise DeadLetterError(Reason.TOO_BIG)
