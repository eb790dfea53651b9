"""The context of the series detector: the last scored tables, read back from the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.outbound.errors import NotFound, TooLarge
from anomaly_container.services.batches.columns import places_of
from anomaly_container.services.batches.dead_letters import DeadLetterError
from anomaly_container.services.batches.keys import output_key, staging_keys
from anomaly_container.services.batches.open_table import open_table
from anomaly_container.services.batches.series import LONGEST, Points, is_ordered
from anomaly_container.services.batches.timestamps import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.state import State
    from anomaly_container.services.batches.table import TableOptions

MOST_BYTES: Final = 32 << 20
"""The most bytes of all tables that are read back for one table. A longer table ends the context."""
MOST_EXPANDED: Final = 256 << 20
"""The most bytes of one of them after decompression."""


@dataclass(frozen=True, slots=True)
class ScoredObject:
    """A scored table of an earlier batch.

    Attributes
    ----------
    key
        The key of its object below `raw/`, whose suffix names its form.
    data
        Its bytes.
    """

    key: str
    data: bytes


class SeriesContext:
    """Reads the last scored tables of a state.

    They are those of the state that a table is scored by, published or not. So the same tables in the same
    order give the same flags, whichever process scores them.

    Parameters
    ----------
    store
        The store.
    files
        How many tables are read back.
    """

    def __init__(self, store: ObjectStore, files: int) -> None:
        self._store = store
        self._files = files

    async def read(self, state: State) -> list[ScoredObject]:
        """Return the last scored tables, oldest first; those that are gone are left out.

        Parameters
        ----------
        state
            The state.

        Raises
        ------
        OutboundError
            If the store fails.
        """
        found: list[ScoredObject] = []
        left = MOST_BYTES
        # Of the versions of an object the last is the one that readers see.
        newest = {entry.key: entry for entry in reversed(state.ledger.batches())}
        for entry in [entry for entry in state.ledger.batches() if newest[entry.key] is entry][: self._files]:
            try:
                data = await self._data(entry, left)
            except TooLarge:
                break
            if data is not None:
                left -= len(data)
                found.append(ScoredObject(entry.key, data))
        return found[::-1]

    async def _data(self, entry: Entry, most: int) -> bytes | None:
        published = output_key(entry.key)
        keys = (published,) if entry.published else (staging_keys(entry.attempt)[0], published)
        for key in keys:
            try:
                return (await self._store.read(key, most)).data
            except NotFound:
                continue
        return None


def points_of(earlier: Sequence[ScoredObject], columns: Sequence[str], options: TableOptions) -> Points:
    """Return the last rows of several scored tables, in time.

    A table whose timestamps cannot be read, or are not in order, is left out, and so is one with none of the
    columns.

    Parameters
    ----------
    earlier
        The tables, oldest first.
    columns
        The scored columns.
    options
        How tables are read.
    """
    limited = replace(options, max_bytes=min(options.max_bytes, MOST_EXPANDED))
    return Points.joined((part for one in earlier for part in _points(one, columns, limited)), len(columns))


def _points(one: ScoredObject, columns: Sequence[str], options: TableOptions) -> Iterator[Points]:
    try:
        with open_table([one.data], one.key, options) as table:
            place = table.time_place
            places = places_of(table.names, columns, options.renamed)
            if place is None or places.count(None) == len(places):
                return
            known = Points.none(len(columns))
            for part in table.blocks(places):
                times = seconds(part.block.text(place))
                known = Points(
                    np.concatenate([known.times, times])[-LONGEST:],
                    np.concatenate([known.values, part.values])[-LONGEST:],
                )
    except DeadLetterError:
        return
    if is_ordered(known.times):
        yield known
