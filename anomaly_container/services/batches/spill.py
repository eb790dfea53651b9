"""Rows of numbers in a temporary file, of which memory holds a part at a time."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

ROWS_AT_ONCE: Final = 50_000
_MEMORY: Final = 1 << 22
"""Bytes that are held in memory before a file is made."""


class Spill:
    """Rows that are written once and read several times.

    Parameters
    ----------
    columns
        The number of columns.

    Attributes
    ----------
    columns
        The number of columns.
    rows
        The rows written so far.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  # `close` closes it
        self._row_bytes = columns * np.dtype(np.float64).itemsize
        self.rows = 0

    def __enter__(self) -> Self:
        """Return the rows themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._file.close()

    def append(self, rows: FloatArray) -> None:
        """Write more rows, (n, columns) float64."""
        self._file.write(np.ascontiguousarray(rows).tobytes())
        self.rows += rows.shape[0]

    def chunks(self) -> Iterator[FloatArray]:
        """Yield all rows in order, some at a time."""
        for start in range(0, self.rows, ROWS_AT_ONCE):
            yield self._read(start, min(ROWS_AT_ONCE, self.rows - start))

    def take(self, places: IntArray) -> FloatArray:
        """Return some rows, by their places from 0, (n,) int64; each may be wanted several times."""
        ordered, back = np.unique(places, return_inverse=True)
        if ordered.size * 2 > self.rows:  # nearly all of them
            return np.concatenate(list(self.chunks()))[places]
        return np.concatenate([self._read(place, 1) for place in ordered.tolist()])[back]

    def column(self, number: int) -> FloatArray:
        """Return one column, (rows,) float64."""
        return np.concatenate([chunk[:, number].copy() for chunk in self.chunks()])

    def _read(self, start: int, count: int) -> FloatArray:
        self._file.seek(start * self._row_bytes)
        data = self._file.read(count * self._row_bytes)
        return np.frombuffer(data, dtype=np.float64).reshape(count, self.columns)
