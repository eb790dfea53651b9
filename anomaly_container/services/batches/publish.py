"""Publication: what a commit decided becomes visible below `processed/`, once and for all readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import Changed, NotFound, TooLarge
from anomaly_container.services.batches.keys import output_key, staging_keys, summary_key

if TYPE_CHECKING:
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.ledger import Entry

MOST_BYTES: Final = 32 << 20
"""The largest output that is written on a condition; a larger one is copied by the store."""
MOST_CONFLICTS: Final = 100


class Publisher:
    """Copies committed results from `staging/` to `processed/`.

    Parameters
    ----------
    store
        The store.
    commits
        Reads the state: only the newest version of an object may be published.
    """

    def __init__(self, store: ObjectStore, commits: Commits) -> None:
        self._store = store
        self._commits = commits

    async def publish(self, entry: Entry) -> None:
        """Publish the table of a batch, and then its summary; a repetition writes the same bytes.

        A summary is never seen without its table. If another version of the object was committed meanwhile,
        its results stay.

        Parameters
        ----------
        entry
            The batch, which is committed.
        """
        table, summary = staging_keys(entry.attempt)
        await self._publish(entry, table, output_key(entry.key))
        await self._publish(entry, summary, summary_key(entry.key))

    async def clear(self, attempt: str) -> None:
        """Delete the staged results of an attempt."""
        for key in staging_keys(attempt):
            await self._store.delete(key)

    async def _publish(self, entry: Entry, source: str, target: str) -> None:
        try:
            await self._store.create_copy(source, target, MOST_BYTES)
        except NotFound:
            return  # published before, by this process or another
        except TooLarge:
            await self._copy(entry, source, target)
        except Changed:
            try:
                data = (await self._store.read(source, MOST_BYTES)).data
            except NotFound:
                return
            except TooLarge:
                await self._copy(entry, source, target)
            else:
                await self._replace(entry, target, data)

    async def _copy(self, entry: Entry, source: str, target: str) -> None:
        if await self._is_newest(entry):
            await self._store.copy(source, target)

    async def _replace(self, entry: Entry, target: str, data: bytes) -> None:
        for _ in range(MOST_CONFLICTS):
            try:
                found = await self._store.head(target)
            except NotFound:
                found = None
            # After the look at the target: a newer version that is written later changes its etag.
            if not await self._is_newest(entry):
                return
            try:
                if found is None:
                    await self._store.create(target, data)
                else:
                    await self._store.update(target, data, found.etag)
            except Changed:
                continue
            return

    async def _is_newest(self, entry: Entry) -> bool:
        state = await self._commits.current()
        newest = state.ledger.newest(entry.key)
        return newest is None or newest.attempt == entry.attempt
