"""Polling: list the store again and again, and queue what is not in the ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from anomaly_container.services.batches.dead_letters import printable
from anomaly_container.services.batches.keys import RAW, is_table
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.waiting import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.history import History
    from anomaly_container.services.batches.lease import Lease
    from anomaly_container.services.batches.waiting import Waiting
    from anomaly_container.web.metering_gate import MeteringGate


class Listing:
    """Finds the objects below `raw/` that are not in the ledger.

    Parameters
    ----------
    store
        The store.
    commits
        Reads the state.
    history
        Knows the batches that have left the state.
    waiting
        Takes the objects.
    clock
        Returns the time in seconds since 1970.
    """

    def __init__(
        self,
        store: ObjectStore,
        commits: Commits,
        history: History,
        waiting: Waiting,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._commits = commits
        self._history = history
        self._waiting = waiting
        self._clock = clock

    async def look(self) -> int:
        """List the store once, queue what is new, oldest first, and return how many there were."""
        state = await self._commits.current()
        found = []
        async for info in self._store.list(RAW):
            if not is_table(info.key):
                continue
            if not await self._history.knows(state, printable(info.key), info.etag):
                found.append(info)
        found.sort(key=lambda info: (info.modified, info.key))
        now = self._clock()
        for info in found:
            await self._waiting.put(
                Item(
                    key=info.key,
                    etag=info.etag,
                    version=info.version,
                    seen=min(now, info.modified.timestamp()),
                )
            )
        return len(found)


async def poll(listing: Listing, lease: Lease, gate: MeteringGate, seconds: float) -> None:
    """List the store at intervals, in the one process that holds the lease.

    Parameters
    ----------
    listing
        Lists the store.
    lease
        The lease for polling.
    gate
        Nothing is taken while metering refuses work.
    seconds
        The seconds between two listings.
    """
    while True:
        await gate.serves()
        if await patiently(lease.try_to_take):
            await patiently(listing.look)
        await asyncio.sleep(seconds)
