"""The resources of the handlers: the parts of the process, and why they may not work yet."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import OutboundError
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches.intake.selection import Selection
from anomaly_container.services.batches.intake.sns import Sns, Subscription
from anomaly_container.services.batches.partitions import Partitions
from anomaly_container.services.batches.parts import put_together
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.setting_rules import comma_separated
from anomaly_container.services.batches.state import State, UnknownStateError
from anomaly_container.services.batches.steps import Step
from anomaly_container.services.batches.worker import Room
from anomaly_container.services.batches.working import (
    NotUsableError,
    check_store,
    prepare,
    set_gauges,
    take_messages,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.intake.events import ObjectEvent
    from anomaly_container.services.batches.parts import Parts, Surroundings
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.waiting import Waiting

STARTING: Final = "The state has not been read yet."
UNREACHABLE: Final = "The store cannot be reached."
UNKNOWN_STATE: Final = "Another version of this program wrote the state, or it is damaged."
SECONDS_BETWEEN_CHECKS: Final = 5.0
SECONDS_BETWEEN_SEARCHES: Final = 60.0
"""How often new partitions are looked for, if the store is not listed anyway."""
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
    partitions
        The parts of each partition; they are put together anew if one of them fails.
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
        self._around = replace(around, room=Room(settings.concurrency))
        self._workers = workers
        self._client = client or HttpClient()
        self.partitions = self._put_together()
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
        self.partitions = self._put_together()
        try:
            await check_store(self.store, self._workers)
            await self.partitions.find()
            found = self.partitions.every()
            for parts in found:
                await prepare(parts)
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
            await self._work({parts.partition for parts in found})
        finally:
            self.partitions.end()

    def _put_together(self) -> Partitions:
        def parts_of(name: str) -> Parts:
            return put_together(self.settings, self.store, self._around, self._client, name)

        return Partitions(self.store, parts_of, is_divided=self.settings.partition is not None)

    async def _work(self, prepared: set[str]) -> None:
        gate, partitions = self._around.gate, self.partitions

        async def work_on(parts: Parts) -> None:
            if parts.partition not in prepared:  # it came since the start
                await patiently(prepare, parts)
            await work(parts, gate, self.clock)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(partitions.run(work_on))
            tasks.create_task(set_gauges(partitions.every, self.clock))
            if self.settings.partition is not None:
                tasks.create_task(self._find_partitions())
            if "queue" in self.settings.intakes:
                tasks.create_task(take_messages(self.settings, self._waiting_of, gate, self.clock))

    async def _find_partitions(self) -> None:
        polls = "poll" in self.settings.intakes
        seconds = self.settings.seconds_between_listings if polls else SECONDS_BETWEEN_SEARCHES
        while True:
            await asyncio.sleep(seconds)
            await patiently(self.partitions.find)

    def _waiting_of(self, key: str) -> Waiting | None:
        parts = self.partitions.of(key)
        return None if parts is None else parts.waiting

    async def check(self) -> None:
        """Read a state at intervals, that of one partition after the other: without one nothing works."""
        turn = 0
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
            if self.reason not in {None, UNREACHABLE}:
                continue
            every = self.partitions.every()
            turn = (turn + 1) % len(every)
            try:
                await every[turn].commits.current()
            except (OutboundError, UnknownStateError):
                self.reason = UNREACHABLE
            else:
                self.reason = None

    async def close(self) -> None:
        """Count the usage of the last commits, publish what is committed, and close the store."""
        self.partitions.end()
        if self.reason in {None, UNREACHABLE}:  # else the state is not one of these settings
            every = self.partitions.every()
            await asyncio.gather(*map(_follow, every))
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_TO_PUBLISH):
                    await asyncio.gather(*map(_publish_the_rest, every))
        await self.store.close()

    async def _fetch(self, url: str, limit: int) -> bytes:
        return await self._client.fetch(url, comma_separated(self.settings.sns_hosts), limit)

    async def _pinned_topic(self) -> str | None:
        return (await self.partitions.first.commits.current()).topic

    async def _pin_topic(self, topic: str) -> None:
        async def pinned(state: State) -> tuple[State, None]:
            return (state.with_topic(topic) if state.topic is None else state), None

        await self.partitions.first.commits.change(pinned)

    async def _accept(self, name: str, objects: Sequence[ObjectEvent]) -> bool:
        ours = Selection(self.settings.bucket, self.settings.prefix).of(objects)
        divided: dict[str, tuple[Parts, list[ObjectEvent]]] = {}
        for one in ours:
            parts = self.partitions.of(one.key)
            if parts is not None:
                divided.setdefault(parts.partition, (parts, []))[1].append(one)
        if not all(parts.waiting.has_room(len(events)) for parts, events in divided.values()):
            return False
        for parts, events in divided.values():
            noted = await parts.inbox.note(name, events, self.clock())
            self._around.reached(Step.ACCEPTED)
            for item in noted:
                await parts.waiting.put(item)
        return True


async def _follow(parts: Parts) -> None:
    """Count the usage of the last commits."""
    with suppress(OutboundError, OSError, UnknownStateError):
        await parts.after_commit.follow()


async def _publish_the_rest(parts: Parts) -> None:
    """Publish what the ended workers committed: nobody may start for a long time."""
    with suppress(OutboundError, OSError, UnknownStateError):
        entries = (await parts.commits.current()).ledger.unpublished()
        for entry in entries:
            await parts.publisher.publish(entry)
        if entries:
            await parts.committer.commit([], entries)
        for entry in entries:
            await parts.publisher.clear(entry.attempt)
