"""The resources of the handlers: the parts of the process, and why they may not work yet."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import OutboundError
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches.intake.selection import Selection
from anomaly_container.services.batches.intake.sns import Sns, Subscription
from anomaly_container.services.batches.parts import put_together
from anomaly_container.services.batches.setting_rules import comma_separated
from anomaly_container.services.batches.state import State, UnknownStateError
from anomaly_container.services.batches.steps import Step
from anomaly_container.services.batches.working import NotUsableError, prepare, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.intake.events import ObjectEvent
    from anomaly_container.services.batches.parts import Parts, Surroundings
    from anomaly_container.services.batches.settings import BatchesSettings

STARTING: Final = "The state has not been read yet."
UNREACHABLE: Final = "The store cannot be reached."
UNKNOWN_STATE: Final = "Another version of this program wrote the state, or it is damaged."
SECONDS_BETWEEN_CHECKS: Final = 5.0
SECONDS_TO_PUBLISH: Final = 3.0
"""What publishing may take at the end; the next start does what is left."""

log = logging.getLogger(__name__)


class Batches:
    """What the handlers use.

    Parameters
    ----------
    settings
        The settings.
    store
        The store.
    around
        What the process gives.
    workers
        The number of processes of the port.
    client
        Fetches what messages name.

    Attributes
    ----------
    parts
        The parts; they are put together anew if one of them fails.
    reason
        Why the service is not ready; None if it is.
    """

    def __init__(
        self,
        settings: BatchesSettings,
        store: ObjectStore,
        around: Surroundings,
        workers: int,
        client: HttpClient | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = around.clock
        self._around = around
        self._workers = workers
        self._client = client or HttpClient()
        self.parts: Parts = put_together(settings, store, around, self._client)
        self.reason: str | None = STARTING
        self.sns = Sns(
            Subscription(
                hosts=comma_separated(settings.sns_hosts),
                topics=comma_separated(settings.topics),
                verifies=settings.sns_verify,
                fetch=self._fetch,
                clock=around.clock,
                pinned_topic=self._pinned_topic,
                pin_topic=self._pin_topic,
                accept=self._accept,
            )
        )

    async def run(self) -> None:
        """Prepare and work until the task is cancelled."""
        self.parts = put_together(self.settings, self.store, self._around, self._client)
        try:
            await prepare(self.parts, self._workers)
        except NotUsableError as error:
            self.reason = str(error)
            raise
        except UnknownStateError:
            self.reason = UNKNOWN_STATE
            raise
        except OutboundError:
            self.reason = UNREACHABLE
            raise
        self.reason = None
        try:
            await work(self.parts, self._around.gate, self.clock)
        finally:
            self.parts.bridge.end()

    async def check(self) -> None:
        """Read the state at intervals: the service is not ready while it cannot be read."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
            if self.reason not in {None, UNREACHABLE}:
                continue
            try:
                await self.parts.commits.current()
            except (OutboundError, UnknownStateError):
                self.reason = UNREACHABLE
            else:
                self.reason = None

    async def close(self) -> None:
        """Count the usage of the last commits, publish what is committed, and close the store."""
        self.parts.bridge.end()
        if self.reason in {None, UNREACHABLE}:  # else the state is not one of these settings
            with suppress(OutboundError, OSError, UnknownStateError):
                await self.parts.after_commit.follow()
            with suppress(OutboundError, OSError, TimeoutError, UnknownStateError):
                async with asyncio.timeout(SECONDS_TO_PUBLISH):
                    await self._publish_the_rest()
        await self.store.close()

    async def _publish_the_rest(self) -> None:
        """Publish what the ended workers committed: nobody may start for a long time."""
        entries = (await self.parts.commits.current()).ledger.unpublished()
        for entry in entries:
            await self.parts.publisher.publish(entry)
        if entries:
            await self.parts.committer.commit([], entries)
        for entry in entries:
            await self.parts.publisher.clear(entry.attempt)

    async def _fetch(self, url: str, limit: int) -> bytes:
        return await self._client.fetch(url, comma_separated(self.settings.sns_hosts), limit)

    async def _pinned_topic(self) -> str | None:
        return (await self.parts.commits.current()).topic

    async def _pin_topic(self, topic: str) -> None:
        async def pinned(state: State) -> tuple[State, None]:
            return (state.with_topic(topic) if state.topic is None else state), None

        await self.parts.commits.change(pinned)

    async def _accept(self, name: str, objects: Sequence[ObjectEvent]) -> bool:
        ours = Selection(self.settings.bucket, self.settings.prefix).of(objects)
        if not ours:
            return True
        if not self.parts.waiting.has_room(len(ours)):
            return False
        noted = await self.parts.inbox.note(name, ours, self.clock())
        self._around.reached(Step.ACCEPTED)
        for item in noted:
            await self.parts.waiting.put(item)
        return True
