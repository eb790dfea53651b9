"""The history of batches that have left the state: digests in 256 shards."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from itertools import groupby
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.outbound.errors import Changed, NotFound
from anomaly_container.services.batches.keys import shard_key
from anomaly_container.services.batches.ledger import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.state import State

LONGEST: Final = 64 << 20
"""The largest shard in bytes: nearly two million batches, half a thousand million in all."""
CACHED: Final = 256
AT_ONCE: Final = 16


class History:
    """Which batches and dead letters the ledger had before.

    Parameters
    ----------
    store
        The store of the state.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._shards: OrderedDict[str, tuple[int, frozenset[str]]] = OrderedDict()

    async def knows(self, state: State, key: str, etag: str, *, is_retry: bool = False) -> bool:
        """Return whether a version of an object is in the ledger, or was.

        Parameters
        ----------
        state
            The state, which has the newest.
        key, etag
            The object.
        is_retry
            Whether a dead letter does not count, because it is to be tried again.
        """
        entry = state.ledger.find(key, etag)
        if entry is not None:
            return not (is_retry and entry.reason)
        if not state.ledger.evicted:
            return False
        known = await self._shard(shard_key(key), state.ledger.evicted)
        return digest(key, etag) in known or (not is_retry and digest(key, etag, is_dead=True) in known)

    async def remember(self, entries: Sequence[Entry]) -> None:
        """Write entries to their shards, before they leave the ledger."""
        ordered = sorted(entries, key=lambda entry: shard_key(entry.key))
        grouped = [(name, list(group)) for name, group in groupby(ordered, lambda one: shard_key(one.key))]
        for start in range(0, len(grouped), AT_ONCE):
            await asyncio.gather(*(self._add(*one) for one in grouped[start : start + AT_ONCE]))

    async def _shard(self, name: str, evicted: int) -> frozenset[str]:
        """Return the digests of a shard, at least those of the first evictions."""
        cached = self._shards.get(name)
        if cached is not None and cached[0] >= evicted:
            self._shards.move_to_end(name)
            return cached[1]
        digests, _ = await self._read(name)
        self._shards[name] = evicted, digests
        if len(self._shards) > CACHED:
            self._shards.popitem(last=False)
        return digests

    async def _read(self, name: str) -> tuple[frozenset[str], str | None]:
        try:
            found = await self._store.read(name, LONGEST)
        except NotFound:
            return frozenset(), None
        return frozenset(orjson.loads(found.data)), found.info.etag

    async def _add(self, name: str, entries: Sequence[Entry]) -> None:
        while True:
            digests, etag = await self._read(name)
            more = digests | {entry.digest for entry in entries}
            if more == digests:
                return
            data = orjson.dumps(sorted(more))
            try:
                if etag is None:
                    await self._store.create(name, data)
                else:
                    await self._store.update(name, data, etag)
            except Changed:  # another process writes the same entries
                continue
            return
