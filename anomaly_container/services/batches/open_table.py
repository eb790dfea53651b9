"""Open a table by the suffix of its key: a text with separators, or Parquet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from anomaly_container.services.batches.parquet_table import is_parquet, open_parquet
from anomaly_container.services.batches.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anomaly_container.services.batches.parquet_table import ParquetTable
    from anomaly_container.services.batches.table import TableOptions


@contextmanager
def open_table(pieces: Iterable[bytes], key: str, options: TableOptions) -> Iterator[Table | ParquetTable]:
    """Open a table for the time that it is read and written.

    Parameters
    ----------
    pieces
        The bytes of the object.
    key
        Its key.
    options
        How it is read.

    Raises
    ------
    DeadLetterError
        If it is not a table within the limits.
    """
    if is_parquet(key):
        with open_parquet(pieces, options) as table:
            yield table
    else:
        yield Table(pieces, key, options)
