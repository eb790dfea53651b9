"""A scored table as Parquet: the columns of the object, and new ones behind them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from anomaly_container.detection.batches.csv_append import Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from anomaly_container.detection.batches.csv_append import Column

FLAG: Final = "_flag"
ANOMALY: Final = "anomaly"
REASON: Final = "reason"


class ParquetOutput:
    """Writes a table part by part; what is written is taken at once, and not held.

    Parameters
    ----------
    arrow
        The package pyarrow.
    schema
        The columns of the object.
    codec
        How they are compressed, in the words of its metadata.
    """

    def __init__(self, arrow: ModuleType, schema: Any, codec: str) -> None:  # noqa: ANN401  # pyarrow has no types
        self._arrow = arrow
        self._schema = schema
        self._codec = codec
        self._sink = _Sink()
        self._writer: Any = None

    def header(self, names: Sequence[str]) -> bytes:
        """Return the beginning of the output, which has new columns behind those of the table."""
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415  # the extra `parquet`

        schema = self._schema
        for name in names:
            schema = schema.append(self._arrow.field(name, self._type_of(name)))
        codec = "none" if self._codec == "UNCOMPRESSED" else self._codec.lower()
        # Without Arrow's own schema a text that was read once for many rows is a plain text for readers.
        self._writer = ParquetWriter(self._sink, schema, compression=codec, store_schema=False)
        return self._sink.take()

    def append(self, rows: Any, columns: Sequence[Column]) -> bytes:  # noqa: ANN401  # as above
        """Return a record batch with new cells behind each row."""
        schema = self._writer.schema
        new = schema.types[len(rows.schema) :]
        arrays = [self._array(column, kind, rows.num_rows) for column, kind in zip(columns, new, strict=True)]
        batch = self._arrow.RecordBatch.from_arrays([*rows.columns, *arrays], schema=schema)
        self._writer.write_batch(batch)
        return self._sink.take()

    def end(self) -> bytes:
        """Return the end of the output."""
        self._writer.close()
        return self._sink.take()

    def _type_of(self, name: str) -> Any:  # noqa: ANN401  # as above
        if name == REASON:
            return self._arrow.string()
        return self._arrow.bool_() if name == ANOMALY or name.endswith(FLAG) else self._arrow.float64()

    def _array(self, column: Column, kind: Any, rows: int) -> Any:  # noqa: ANN401  # as above
        arrow = self._arrow
        if column is None:
            return arrow.nulls(rows, kind)
        if isinstance(column, Words):
            words = arrow.array([word or None for word in column.words], arrow.string())
            return words.take(arrow.array(column.places))
        if arrow.types.is_boolean(kind):
            return arrow.array(column)
        numbers = np.asarray(column, dtype=np.float64)
        return arrow.array(numbers, mask=~np.isfinite(numbers))


class _Sink(io.RawIOBase):
    """A file of which only what was written last is held."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """Return that it can be written."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401  # any buffer
        """Hold some bytes."""
        self._parts.append(bytes(data))
        self._size += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        """Return how many bytes were written in all."""
        return self._size

    def take(self) -> bytes:
        """Return the bytes since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
