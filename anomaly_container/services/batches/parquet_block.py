"""Some rows of a Parquet object, with the numbers of the wanted columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

LARGEST: Final = 1e150
"""A larger number is a gap, as in a text."""


@dataclass(frozen=True, slots=True, eq=False)
class ParquetBlock:
    """Some rows, with the numbers of the wanted columns.

    Attributes
    ----------
    batch
        The rows, as a record batch of Arrow.
    numbers
        The wanted columns, (rows, columns) float64; NaN for everything that is not a number.
    bad_cells
        Cells of each column that are not numbers, (columns,) int64.
    first_bad
        The row of the first such cell; -1 if every cell is a number or a gap.
    first_row
        The row of the table with which the block begins.
    arrow
        The package pyarrow.
    """

    batch: Any
    numbers: FloatArray
    bad_cells: IntArray
    first_bad: IntArray
    first_row: int
    arrow: ModuleType

    def text(self, field: int, rows: slice = slice(None)) -> list[str]:
        """Return the text of a column; empty for a gap."""
        start, end, _ = rows.indices(self.batch.num_rows)
        column = self.batch.column(field).slice(start, end - start)
        types = self.arrow.types
        if types.is_timestamp(column.type):
            zone = None if column.type.tz is None else "UTC"
            column = column.cast(self.arrow.timestamp(column.type.unit, zone))
        if types.is_temporal(column.type):
            column = column.cast(self.arrow.string())
        return ["" if cell is None else _text(cell) for cell in column.to_pylist()]

    def cells(self, rows: slice = slice(None)) -> Iterator[list[str]]:
        """Yield the cells of rows as text."""
        columns = [self.text(field, rows) for field in range(self.batch.num_columns)]
        yield from map(list, zip(*columns, strict=True))

    def line(self, row: int) -> int:
        """Return the number of a row in the table, from 1."""
        return self.first_row + row + 1


def block_of(arrow: ModuleType, batch: Any, wanted: Sequence[int], first_row: int) -> ParquetBlock:  # noqa: ANN401  # pyarrow has no types
    """Return a block with the numbers of some columns.

    Parameters
    ----------
    arrow
        The package pyarrow.
    batch
        The rows.
    wanted
        The places of the columns.
    first_row
        The row of the table with which the block begins.
    """
    numbers = np.empty((batch.num_rows, len(wanted)))
    bad_cells = np.zeros(len(wanted), dtype=np.int64)
    first_bad = np.full(len(wanted), -1)
    for slot, place in enumerate(wanted):
        column = batch.column(place)
        types, kind = arrow.types, column.type
        if types.is_dictionary(kind) and not is_text(arrow, kind.value_type):
            column = column.dictionary_decode()
            kind = column.type
        if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
            found = column.cast(arrow.float64(), safe=False).to_numpy(zero_copy_only=False)
            numbers[:, slot] = np.where(np.abs(found) <= LARGEST, found, np.nan)
            continue
        numbers[:, slot] = np.nan
        bad = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
        bad_cells[slot] = bad.size
        first_bad[slot] = bad[0] if bad.size else -1
    return ParquetBlock(batch, numbers, bad_cells, first_bad, first_row, arrow)


def is_text(arrow: ModuleType, kind: Any) -> bool:  # noqa: ANN401  # pyarrow has no types
    """Return whether a type of Arrow is one of texts."""
    types = arrow.types
    checks = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(check(kind) for check in checks)


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return "" if cell != cell else str(cell)  # noqa: PLR0124  # NaN is a gap
