"""The keeper of alarms and reports of a group: the member that has the internal topic."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import orjson

from anomaly_container.services.streams.internal_topic import decode
from anomaly_container.services.streams.monitor import Monitor
from anomaly_container.services.streams.outcomes import outputs_of_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from concurrent.futures import Executor

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.partitions import Partitions
    from anomaly_container.services.streams.settings import StreamsSettings
    from anomaly_container.services.streams.sources import Batch, Position, Source

MOST_MESSAGES = 2000
log = logging.getLogger(__name__)


class MonitorHolder:
    """Holds the monitor as the state of the internal topic's one partition.

    Parameters
    ----------
    settings
        The settings.
    link
        The address of the page, for notices.

    Attributes
    ----------
    monitor
        The alarms and reports; those of another member if this one does not have the topic.
    """

    def __init__(self, settings: StreamsSettings, *, link: str | None = None) -> None:
        self._settings, self._link = settings, link
        self._offset = 0
        self.monitor = Monitor(settings, link=link)
        self.is_mine = False

    def begin(self, name: str, document: bytes | None, *, anew: bool) -> Position | None:  # noqa: ARG002  # one partition
        """Restore the monitor, and return where to read on."""
        self.monitor, self._offset, self.is_mine = Monitor(self._settings, link=self._link), 0, True
        if document is None or anew:
            return None
        found = orjson.loads(document)
        self.monitor.restore(found["monitor"])
        self._offset = found["offset"]
        return {"offset": self._offset}

    def offset(self, name: str) -> int:  # noqa: ARG002  # as above
        """Return the next offset that the monitor expects."""
        return self._offset

    def place(self, name: str, offset: int) -> None:  # noqa: ARG002  # as above
        """Start a monitor that has seen nothing at an offset."""
        self._offset = offset

    def document(self, name: str) -> bytes:  # noqa: ARG002  # as above
        """Return the monitor as bytes."""
        document = {"offset": self._offset, "monitor": self.monitor.document()}
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)

    def drop(self, name: str) -> None:  # noqa: ARG002  # as above
        """Leave the monitor to another member."""
        self.is_mine = False

    def take(self, batch: Batch) -> list[tuple[int, list[Outcome]]]:
        """Return the outcomes of each message, with its offset."""
        found = []
        for record in batch.records:
            if record.offset < self._offset or record.value is None:
                continue
            self._offset = record.next_offset
            try:
                message = decode(record.value)
            except ValueError:
                log.warning("A record of the internal topic cannot be read and is left out.")
                continue
            outcomes = self.monitor.take([message])
            if outcomes:
                found.append((record.offset, outcomes))
        for position in batch.positions.values():
            self._offset = max(self._offset, position["offset"])
        return found


class Watch:
    """Reads the internal topic while this member has it, and hands notices and reports to the sinks.

    Parameters
    ----------
    settings
        The settings.
    holder
        The holder of the monitor.
    source
        The internal topic.
    delivery
        The sinks.
    partitions
        The partitions, which commit and write snapshots.
    heard
        A function that is called on the thread with the outcomes of the monitor.
    thread
        The thread that computes.

    Attributes
    ----------
    source
        The internal topic.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of the way of a message
        self,
        *,
        settings: StreamsSettings,
        holder: MonitorHolder,
        source: Source,
        delivery: Delivery,
        partitions: Partitions,
        heard: Callable[[Sequence[Outcome]], None],
        thread: Executor,
    ) -> None:
        self._settings, self._holder, self.source = settings, holder, source
        self._delivery, self._partitions, self._heard, self._thread = delivery, partitions, heard, thread

    async def run(self) -> None:
        """Work until cancelled, or until the brokers fail."""
        self._partitions.abandon()  # what a failed attempt has left
        await self.source.open(self._partitions)
        while True:
            batch = await self.source.read(MOST_MESSAGES)
            async with self._partitions.lock:
                if batch.epoch == self.source.epoch:
                    await self._partitions.begin(batch)
                    await self._step(batch)
                    await self._partitions.settle()

    async def close(self) -> None:
        """Finish, commit, write the last snapshot, and leave the group."""
        await self._partitions.release_all()
        await self.source.close()

    def hold(self, names: Collection[str]) -> None:
        """Let the sinks that repeat alarms repeat those that last, since this member has them now."""
        for name in names:
            notices = self._holder.monitor.alarms.holding
            self._delivery.hold(outputs_of_outcomes(notices, name, self._holder.offset(name), self._settings))

    async def _step(self, batch: Batch) -> None:
        if not batch.records:
            return
        loop = asyncio.get_running_loop()
        outputs = await loop.run_in_executor(self._thread, self._work, batch)
        read = {name: self._holder.offset(name) for name in self._partitions.names}
        await self._partitions.put(self._delivery.put(outputs, read))

    def _work(self, batch: Batch) -> list[Output]:
        name = batch.records[0].partition
        found: list[Output] = []
        for offset, outcomes in self._holder.take(batch):
            self._heard(outcomes)
            if offset >= self._partitions.muted(name):
                found += outputs_of_outcomes(outcomes, name, offset, self._settings)
        return found
