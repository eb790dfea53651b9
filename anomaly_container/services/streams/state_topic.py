"""Snapshots in a compacted topic: the last record of a key is the state of a partition."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.services.streams.snapshots import opened, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    from anomaly_container.services.streams.cluster import Cluster

SETTINGS: Final = {
    "cleanup.policy": "compact",
    "segment.ms": "600000",
    "segment.bytes": "33554432",
    "min.cleanable.dirty.ratio": "0.1",
    "max.message.bytes": "16777216",
}
"""The topic is compacted, and its segments are short, since only a closed segment is compacted."""
LARGEST_STATE: Final = 16 << 20
OFFSET: Final = "offset"
MARK: Final = b"mark-"

log = logging.getLogger(__name__)


class TopicSnapshots:
    """The snapshots of a group in a topic of one partition.

    It is read once from its beginning, and from then on only what is new. The end is marked by a record of
    our own, which follows all that others have written: an end that a broker reports may be wrong.

    Parameters
    ----------
    cluster
        The brokers.
    topic
        The topic.
    """

    def __init__(self, cluster: Cluster, topic: str) -> None:
        self._cluster, self._topic = cluster, topic
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        self._documents: dict[str, tuple[int, bytes]] = {}
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        aiokafka.errors.KafkaError
            If no broker answers.
        """
        self._producer = self._cluster.producer(max_request_size=LARGEST_STATE, compression_type="gzip")
        await self._producer.start()
        self._consumer = self._cluster.consumer(
            auto_offset_reset="earliest", max_partition_fetch_bytes=LARGEST_STATE, fetch_max_wait_ms=50
        )
        await self._consumer.start()
        self._consumer.assign([self._cluster.place(self._topic, 0)])

    async def load(self, names: Iterable[str]) -> Mapping[str, bytes]:
        """Return the last documents of these names."""
        known = await self.load_all()
        return {name: known[name] for name in names if name in known}

    async def load_all(self) -> Mapping[str, bytes]:
        """Return the last documents of all names."""
        assert self._producer is not None  # noqa: S101  # it is open
        assert self._consumer is not None  # noqa: S101  # it is open
        async with self._reading:
            mark = MARK + uuid4().bytes
            await self._producer.send_and_wait(self._topic, key=mark, value=None, partition=0)
            is_at_end = False
            while not is_at_end:
                for messages in (await self._consumer.getmany(timeout_ms=1000)).values():
                    for found in messages:
                        if found.key == mark:
                            is_at_end = True
                        elif found.key is not None and not found.key.startswith(MARK):
                            self._take(found.key.decode(), found.value, dict(found.headers))
        return {name: document for name, (_, document) in self._documents.items()}

    async def save(self, name: str, offset: int, document: bytes) -> None:
        """Replace a document; when this returns all replicas have it.

        Raises
        ------
        OSError
            If the brokers did not take it.
        """
        from aiokafka.errors import KafkaError  # noqa: PLC0415  # the extra `kafka`

        assert self._producer is not None  # noqa: S101  # it is open
        try:
            await self._producer.send_and_wait(
                self._topic,
                key=name.encode(),
                value=sealed(document),
                partition=0,
                headers=[(OFFSET, b"%d" % offset)],
            )
        except KafkaError as error:
            raise OSError(0, type(error).__name__) from error

    async def close(self) -> None:
        """Disconnect."""
        for client in (self._consumer, self._producer):
            if client is not None:
                await client.stop()
        self._consumer = self._producer = None

    def _take(self, name: str, content: bytes | None, headers: Mapping[str, bytes]) -> None:
        document = opened(content) if content is not None else None
        if document is None:
            log.warning("A record of the topic of states is broken; the one before it is used.")
            return
        offset = 0
        with suppress(KeyError, ValueError):
            offset = int(headers[OFFSET])
        # A member that was held up may write an old state late: the larger offset wins.
        if offset >= self._documents.get(name, (0, b""))[0]:
            self._documents[name] = offset, document
