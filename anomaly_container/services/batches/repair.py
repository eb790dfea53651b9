"""Repair: what a process left undone that was killed or cut off is done by any other."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import BadKey, Refused
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.keys import STAGING
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.summary import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.group import Groups
    from anomaly_container.services.batches.ledger import Entry
    from anomaly_container.services.batches.publish import Publisher

SECONDS_BETWEEN: Final = 60.0
SECONDS_TO_PUBLISH: Final = 30.0
"""What was committed a shorter time ago is left to the process that committed it."""
AT_ONCE: Final = 16
"""Batches that are published at a time."""
ORPHAN_SECONDS: Final = 86_400.0
"""The age at which a staged result that the ledger does not name is deleted."""

log = logging.getLogger(__name__)


class Repair:
    """Publishes what others committed and did not publish, and deletes what nobody will.

    Parameters
    ----------
    store
        The store.
    commits
        Reads the state.
    groups
        Marks batches as published.
    publisher
        Publishes batches.
    clock
        Returns the time in seconds since 1970.

    Attributes
    ----------
    unpublished
        How many batches were committed and not published when it last looked.
    """

    def __init__(
        self,
        store: ObjectStore,
        commits: Commits,
        groups: Groups,
        publisher: Publisher,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._commits = commits
        self._groups = groups
        self._publisher = publisher
        self._clock = clock
        self.unpublished = 0

    async def run(self) -> None:
        """Repair at the start and at intervals, and sweep once a day."""
        await patiently(self.publish, 0.0)
        while True:
            await patiently(self.sweep, ORPHAN_SECONDS)
            for _ in range(int(ORPHAN_SECONDS / SECONDS_BETWEEN)):
                await asyncio.sleep(SECONDS_BETWEEN)
                await patiently(self.publish, SECONDS_TO_PUBLISH)

    async def publish(self, age: float) -> None:
        """Publish the batches that were committed longer ago than an age in seconds."""
        state = await self._commits.current()
        unpublished = state.ledger.unpublished()
        self.unpublished = len(unpublished)
        latest = timestamp(self._clock() - age)
        due = [entry for entry in unpublished if entry.processed_at <= latest]
        for start in range(0, len(due), AT_ONCE):
            group = map(self._publish, due[start : start + AT_ONCE])
            for result in await asyncio.gather(*group, return_exceptions=True):
                if result is not None:
                    raise result

    async def _publish(self, entry: Entry) -> None:
        """Publish a batch and mark it: one commit marks all that are published meanwhile."""
        try:
            await self._publisher.publish(entry)
            await self._groups.mark_published(entry)
            await self._publisher.clear(entry.attempt)
        except (Refused, BadKey) as error:  # the others must not wait for it
            metrics.STORE_ERRORS.labels("refused").inc()
            log.error("The batch %s cannot be published: %s", entry.id, error)  # noqa: TRY400  # one line says it

    async def sweep(self, age: float) -> int:
        """Delete staged results older than an age that the ledger does not need, and return how many."""
        state = await self._commits.current()
        needed = {entry.attempt for entry in state.ledger.unpublished()}
        latest = datetime.fromtimestamp(self._clock() - age, UTC)
        found = [
            info.key
            async for info in self._store.list(STAGING)
            if info.modified <= latest and info.key.removeprefix(STAGING).partition(".")[0] not in needed
        ]
        for key in found:
            await self._store.delete(key)
        return len(found)
