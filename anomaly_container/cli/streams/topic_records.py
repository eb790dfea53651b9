"""The records of a topic up to its present end, in the order of their times."""

from __future__ import annotations

import asyncio
import heapq
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.events import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

    from anomaly_container.services.streams.settings import StreamsSettings

AT_ONCE: Final = 2000
WAIT_MS: Final = 1000
MOST_WAITS: Final = 5
"""Waits without a record after which a partition counts as read: it may end in markers of transactions."""


class TopicError(Exception):
    """A topic cannot be read; the message is one sentence."""


def topic_records(settings: StreamsSettings) -> Iterator[Record]:
    """Yield the records of the topics of a source from their beginning to their present end.

    Partitions are merged by the times of their records, ties by name and offset, so that the order does not
    depend on how fast they are read. Nothing is committed, and no group is joined.

    Parameters
    ----------
    settings
        The settings, whose source is Kafka.

    Raises
    ------
    TopicError
        If the brokers do not answer, or a topic does not exist.
    """
    try:
        from aiokafka.errors import KafkaError  # noqa: PLC0415  # the extra `kafka`
    except ImportError:
        message = "Kafka needs the package aiokafka: pip install 'anomaly-container[kafka]'."
        raise TopicError(message) from None
    with asyncio.Runner() as runner:
        reader = _Reader(settings, runner)
        try:
            runner.run(reader.open())
            # Before it is read, so that what is written meanwhile does not keep the reader for ever.
            parts = [reader.records(place) for place in reader.places]
            yield from heapq.merge(*parts, key=attrgetter("timestamp", "partition", "offset"))
        except (KafkaError, OSError) as error:
            message = f"The topic cannot be read: {error}."
            raise TopicError(message) from None
        finally:
            runner.run(reader.close())


class _Reader:
    """Reads partitions, each on its own, from code that does not run in the loop."""

    def __init__(self, settings: StreamsSettings, runner: asyncio.Runner) -> None:
        self._settings, self._runner = settings, runner
        self._consumer: AIOKafkaConsumer | None = None
        self.places: list[TopicPartition] = []

    async def open(self) -> None:
        settings = self._settings
        cluster = Cluster.of(settings.servers or "", settings)
        self._consumer = cluster.consumer(
            isolation_level="read_committed", auto_offset_reset="earliest", fetch_max_wait_ms=WAIT_MS // 4
        )
        await self._consumer.start()
        numbers = await cluster.partitions(settings.topics)
        for topic in settings.topics:
            if topic not in numbers:
                message = f"The topic {topic} does not exist."
                raise TopicError(message)
        self.places = [cluster.place(topic, number) for topic in numbers for number in numbers[topic]]
        self._consumer.assign(self.places)
        await self._consumer.seek_to_beginning(*self.places)

    def records(self, place: TopicPartition) -> Iterator[Record]:
        """Yield the records of one partition up to the end that it has at the first fetch."""
        name, waits, end, position = f"{place.topic}-{place.partition}", 0, None, 0
        while waits < MOST_WAITS and (end is None or position < end):
            found = self._runner.run(self._fetch(place))
            waits = 0 if found else waits + 1
            end = self._opened.highwater(place) if end is None else end
            for one in found:
                if end is not None and one.offset >= end:
                    return
                position = one.offset + 1
                yield Record(
                    f"{name}-{one.offset}", name, one.offset, position, one.value, one.timestamp / 1000
                )

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    @property
    def _opened(self) -> AIOKafkaConsumer:
        assert self._consumer is not None  # noqa: S101  # the reader is open
        return self._consumer

    async def _fetch(self, place: TopicPartition) -> list[ConsumerRecord]:
        found = await self._opened.getmany(place, timeout_ms=WAIT_MS, max_records=AT_ONCE)
        return list(found.get(place, ()))
