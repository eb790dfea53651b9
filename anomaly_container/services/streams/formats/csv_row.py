"""Records that are rows of a table of comma-separated values (RFC 4180), one line each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from anomaly_container.services.streams.formats import line_of, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.events import Document


def parse_row(value: bytes) -> tuple[str, ...]:
    """Parse the cells of one line.

    Parameters
    ----------
    value
        The bytes of a record.

    Raises
    ------
    NotAnEventError
        With the reason `not-utf-8` or `wrong-columns`.

    Examples
    --------
    >>> parse_row(b'5,"a,b"')
    ('5', 'a,b')
    """
    line = line_of(value)
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        refuse("wrong-columns", "The line is not a row of comma-separated values.")
    return tuple(rows[0]) if rows else ()


def parse_csv(value: bytes, columns: Sequence[str]) -> Document:
    """Parse one row of a table; an empty cell is missing.

    Parameters
    ----------
    value
        The bytes of a record.
    columns
        The names of the columns.

    Raises
    ------
    NotAnEventError
        With the reason `not-utf-8` or `wrong-columns`.

    Examples
    --------
    >>> parse_csv(b"5,,/", ["time", "level", "path"])
    {'time': '5', 'level': None, 'path': '/'}
    """
    cells = parse_row(value)
    if len(cells) != len(columns):
        detail = f"The line has {len(cells)} columns; the table has {len(columns)}."
        refuse("wrong-columns", detail)
    return {name: cell or None for name, cell in zip(columns, cells, strict=True)}
