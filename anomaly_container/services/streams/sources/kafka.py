"""Topics of Kafka as a source: a member of a consumer group, or fixed partitions."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.sources import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from anomaly_container.services.streams.cluster import Cluster
    from anomaly_container.services.streams.sources import Owner

DAY_MS: Final = 86_400_000
EARLIEST, LATEST = "earliest", "latest"
BETWEEN: Final = -1
"""The epoch of a batch that was read between two assignments: it is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The way in which topics are read.

    Attributes
    ----------
    topics
        The names.
    group
        The consumer group.
    begin
        The beginning of a partition without a committed offset: earliest, latest, or seconds since 1970.
    batch_ms
        The time that a read waits for records.
    session_seconds, rebalance_seconds
        The silence after which a member is out, and the time that others wait for it at a rebalance.
    partitions
        Fixed partitions instead of those that the group assigns.
    """

    topics: tuple[str, ...]
    group: str
    begin: str | float = EARLIEST
    batch_ms: int = 250
    session_seconds: float = 30
    rebalance_seconds: float = 60
    partitions: tuple[int, ...] = ()


class KafkaSource:
    """A member of a consumer group.

    The client answers heartbeats while nothing is read, so that a pipeline that waits stays a member; its
    buffers are bounded, so that to stop reading is to pause.

    Parameters
    ----------
    cluster
        The brokers.
    membership
        The topics and the group.

    Attributes
    ----------
    answered
        True if partitions have been assigned once.
    epoch
        The number of times that partitions have come or gone.
    """

    def __init__(self, cluster: Cluster, membership: Membership) -> None:
        self.answered = False
        self.epoch = 0
        self._cluster, self._membership = cluster, membership
        self._consumer: AIOKafkaConsumer | None = None
        self._failure: Exception | None = None
        self._is_assigned = False
        self._of: dict[str, TopicPartition] = {}
        self._read: dict[str, int] = {}

    @property
    def lag(self) -> Mapping[str, int]:
        """The records that wait, by partition: the high watermark of the last fetch less the position."""
        if self._consumer is None:
            return {}
        highs = {name: self._consumer.highwater(place) for name, place in self._of.items()}
        return {
            name: max(0, high - self._read.get(name, high))
            for name, high in highs.items()
            if high is not None
        }

    async def open(self, owner: Owner) -> None:
        """Join the group; partitions come and go from now on, while something is read.

        Raises
        ------
        aiokafka.errors.KafkaError
            If no broker answers.
        """
        wanted = self._membership
        self._failure = None
        self._consumer = self._cluster.consumer(
            group_id=wanted.group,
            auto_offset_reset=LATEST if wanted.begin == LATEST else EARLIEST,
            session_timeout_ms=int(wanted.session_seconds * 1000),
            heartbeat_interval_ms=int(wanted.session_seconds * 1000 / 6),
            rebalance_timeout_ms=int(wanted.rebalance_seconds * 1000),
            max_poll_interval_ms=DAY_MS,  # a pipeline that waits for a sink or for metering stays a member
            fetch_max_wait_ms=wanted.batch_ms,
            isolation_level="read_committed",
        )
        if not wanted.partitions:
            self._consumer.subscribe(wanted.topics, listener=_listener(self, owner))
        await self._consumer.start()
        if wanted.partitions:
            places = [
                self._cluster.place(topic, number) for topic in wanted.topics for number in wanted.partitions
            ]
            self._consumer.assign(places)
            await self.assigned(owner, places)

    @property
    def partitions(self) -> tuple[str, ...]:
        """All partitions of the topics."""
        found = []
        for topic in self._membership.topics:
            numbers = self._opened.partitions_for_topic(topic) or ()
            found += [f"{topic}-{number}" for number in sorted(numbers)]
        return tuple(found)

    async def assigned(self, owner: Owner, places: Iterable[TopicPartition]) -> None:
        """Let the owner acquire partitions, and begin at the positions that it returns."""
        consumer, self._is_assigned = self._opened, False
        try:
            named = {f"{place.topic}-{place.partition}": place for place in places}
            found = {name: await consumer.committed(place) for name, place in named.items()}
            positions = await owner.acquire(found)
            begins = {}
            for name, place in named.items():
                begin = positions[name]["offset"] if name in positions else found[name]
                begins[place] = await self._first(place) if begin is None else begin
            # No await from here on: what is read between a seek and the new epoch would be lost.
            for place, begin in begins.items():
                consumer.seek(place, begin)
            self._of, self._read = named, {}
            self.answered = True
            self.epoch += 1
            self._is_assigned = True
            metrics.REBALANCES.inc()
        except Exception as error:  # noqa: BLE001  # the client would only log it; the next read raises it
            self._failure = error

    async def revoked(self, owner: Owner, places: Iterable[TopicPartition]) -> None:
        """Let the owner release partitions."""
        self.epoch += 1
        self._is_assigned = False
        try:
            await owner.release([f"{place.topic}-{place.partition}" for place in places])
        except Exception as error:  # noqa: BLE001  # as above
            self._failure = error
        self._of = {}

    async def read(self, room: int) -> Batch:
        """Return up to `room` records; an empty batch after `batch_ms` without any.

        Raises
        ------
        aiokafka.errors.KafkaError
            If the brokers refuse.
        """
        if self._failure is not None:
            raise self._failure
        fetched = await self._opened.getmany(timeout_ms=self._membership.batch_ms, max_records=room)
        records: list[Record] = []
        positions = {}
        for place, messages in fetched.items():
            name = f"{place.topic}-{place.partition}"
            records += [
                Record(
                    f"{name}-{found.offset}",
                    name,
                    found.offset,
                    found.offset + 1,
                    found.value,
                    found.timestamp / 1000,
                )
                for found in messages
            ]
            positions[name] = {"offset": messages[-1].offset + 1}
        # While partitions are assigned, the client fetches from the committed offsets already, and after the
        # seek again from where the owner wants to begin.
        batch = Batch(records, positions, self.epoch if self._is_assigned else BETWEEN)
        await self._note_positions()  # after the epoch is known: an assignment may come while it waits
        return batch

    async def commit(self, offsets: Mapping[str, int]) -> bool:
        """Commit the next offsets to read; False if the group gave the partitions to another member."""
        from aiokafka.errors import CommitFailedError, IllegalStateError, RebalanceInProgressError  # noqa: PLC0415  # the extra `kafka`

        try:
            await self._opened.commit({self._of[name]: offset for name, offset in offsets.items()})
        except (CommitFailedError, IllegalStateError, RebalanceInProgressError, KeyError):
            return False
        return True

    async def close(self) -> None:
        """Leave the group, which makes the owner release the partitions first."""
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None

    @property
    def _opened(self) -> AIOKafkaConsumer:
        assert self._consumer is not None  # noqa: S101  # it is open
        return self._consumer

    async def _note_positions(self) -> None:
        """Learn where the client is, which is behind the last record if markers of transactions follow it."""
        from aiokafka.errors import IllegalStateError  # noqa: PLC0415  # the extra `kafka`

        for name, place in tuple(self._of.items()):
            # A partition that is just leaving, or whose place the client still asks for, has no position.
            with suppress(IllegalStateError, TimeoutError):
                async with asyncio.timeout(self._membership.batch_ms / 1000):
                    self._read[name] = await self._opened.position(place)

    async def _first(self, place: TopicPartition) -> int:
        """Return where a partition begins that has no committed offset."""
        consumer, begin = self._opened, self._membership.begin
        if isinstance(begin, float):
            found = (await consumer.offsets_for_times({place: int(begin * 1000)}))[place]
            if found is not None:
                return int(found.offset)
        ends = consumer.beginning_offsets if begin == EARLIEST else consumer.end_offsets
        return int((await ends([place]))[place])


def _listener(source: KafkaSource, owner: Owner) -> Any:  # noqa: ANN401  # a class of the extra `kafka`
    from aiokafka import ConsumerRebalanceListener  # noqa: PLC0415  # the extra `kafka`

    class Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
        """Hands the calls of the client on."""

        async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
            await source.revoked(owner, revoked)

        async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
            await source.assigned(owner, assigned)

    return Listener()
