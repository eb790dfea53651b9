"""Batches of records that are JSON and all have the same fields, as in most topics."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence


class SameFields:
    """Reads the fields of many records at once, if all records have all of them under these names.

    Several times faster than one record after the other: no object of a record outlives the next one.

    Parameters
    ----------
    names
        The names, two or more, which do not reach into objects.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._get = itemgetter(*names)
        self._width = len(names)

    def read(self, values: Sequence[bytes]) -> list[list[Any]] | None:
        """Return the values of each field; None if a record is not as the others, or lacks one.

        Parameters
        ----------
        values
            The bytes of at least one record.

        Examples
        --------
        >>> SameFields(["a", "b"]).read([b'{"a": 1, "b": 2, "c": 3}', b'{"b": 4, "a": 5}'])
        [[1, 5], [2, 4]]
        """
        try:
            row_by_row = list(chain.from_iterable(map(self._get, map(orjson.loads, values))))
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None
        columns = [row_by_row[place :: self._width] for place in range(self._width)]
        return None if any(type(None) in set(map(type, column)) for column in columns) else columns
