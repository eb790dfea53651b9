"""Topics as tests write and read them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from anomaly_container.services.streams.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka import ConsumerRecord


async def create(address: str, topics: Mapping[str, int]) -> None:
    """Create topics with so many partitions."""
    wanted: dict[str, tuple[int, Mapping[str, str]]] = {
        topic: (partitions, {}) for topic, partitions in topics.items()
    }
    assert await Cluster(servers=address).create(wanted) == []


async def write(address: str, topic: str, messages: Mapping[int, Sequence[bytes]]) -> None:
    """Write messages to partitions, each partition in its order."""
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all", linger_ms=5, max_batch_size=1 << 18)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, value, partition=partition)
            for partition, values in messages.items()
            for value in values
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


class TopicReader:
    """Reads all partitions of a topic from their beginning, as often as it is asked.

    Parameters
    ----------
    address
        The broker.
    topic
        The topic.
    partitions
        How many it has: a client may learn of those of a new topic one after the other.
    """

    def __init__(self, address: str, topic: str, partitions: int) -> None:
        self.found: list[ConsumerRecord] = []
        self._places = [TopicPartition(topic, number) for number in range(partitions)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=address, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def more(self) -> list[ConsumerRecord]:
        """Return all that was found so far."""
        for messages in (await self._consumer.getmany(timeout_ms=100)).values():
            self.found += messages
        return self.found

    async def all(self) -> list[ConsumerRecord]:
        """Return all that the topic has now; the broker must know its ends."""
        places = self._consumer.assignment()
        ends = await self._consumer.end_offsets(places)
        while any([await self._consumer.position(place) < ends[place] for place in places]):  # it awaits
            await self.more()
        return self.found

    def keys(self) -> list[str]:
        """Return the different keys that were found, sorted."""
        return sorted({record.key.decode() for record in self.found if record.key is not None})
