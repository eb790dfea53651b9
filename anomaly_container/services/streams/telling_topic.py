"""The messages that a member of a group sends to the internal topic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from anomaly_container.services.streams.internal_topic import PARTITION, encode
from anomaly_container.services.streams.telling import time_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaProducer

    from anomaly_container.services.streams.cluster import Cluster
    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.outputs import Output
    from anomaly_container.services.streams.scoring import Scoring
    from anomaly_container.services.streams.sources import Position


class TellingTopic:
    """Sends messages to the internal topic, and holds the states of their partitions.

    When the state of a partition is taken for a snapshot, the sums of its minutes are sent with it: a
    snapshot relies on the topic to have everything below it.

    Parameters
    ----------
    cluster, topic
        The internal topic.
    scoring
        Scores, and has the states.
    partitions
        A function that returns all partitions of the source.
    clock
        A function that returns the time in seconds since 1970.

    Attributes
    ----------
    wants_all
        False: every 10 s is often enough.
    """

    wants_all = False

    def __init__(
        self,
        cluster: Cluster,
        topic: str,
        scoring: Scoring,
        partitions: Callable[[], tuple[str, ...]],
        clock: Callable[[], float],
    ) -> None:
        self._cluster, self._topic, self._scoring = cluster, topic, scoring
        self._partitions, self._clock = partitions, clock
        self._waiting: list[Message] = []
        self._sending: list[asyncio.Future[object]] = []
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect.

        Raises
        ------
        aiokafka.errors.KafkaError
            If no broker answers.
        """
        self._producer = self._cluster.producer(linger_ms=5)
        await self._producer.start()

    def tell(self, messages: Sequence[Message], muted: Callable[[str], int]) -> list[Output]:  # noqa: ARG002  # another makes outputs
        """Take messages; the member that has the topic makes the outputs for the sinks."""
        self._waiting += messages
        return []

    async def send(self) -> None:
        """Send what waits; the client keeps the order and tries again by itself."""
        assert self._producer is not None  # noqa: S101  # it is open
        messages, self._waiting = self._waiting, []
        self._sending = [future for future in self._sending if not future.done() or future.exception()]
        for message in messages:
            self._sending.append(await self._producer.send(self._topic, encode(message), partition=PARTITION))

    async def flush(self) -> None:
        """Return when the brokers have all.

        Raises
        ------
        aiokafka.errors.KafkaError
            If they did not take it.
        """
        await self.send()
        sending, self._sending = self._sending, []
        await asyncio.gather(*sending)

    async def close(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    def tell_times(self, names: Sequence[str]) -> None:
        """Send the positions of partitions."""
        for name in names:
            state = self._scoring.states[name]
            self._waiting += time_messages(name, state, clock=self._clock(), partitions=self._partitions())

    # The interface of `partitions.Holder`.

    def begin(self, name: str, document: bytes | None, *, anew: bool) -> Position | None:
        """Restore a partition; see `Scoring.begin`."""
        return self._scoring.begin(name, document, anew=anew)

    def offset(self, name: str) -> int:
        """Return the next offset that the state expects."""
        return self._scoring.offset(name)

    def place(self, name: str, offset: int) -> None:
        """Start a state that has seen nothing at an offset."""
        self._scoring.place(name, offset)

    def document(self, name: str) -> bytes:
        """Return the state as bytes, and send the messages that it relies on."""
        self.tell_times([name])
        return self._scoring.document(name)

    def drop(self, name: str) -> None:
        """Forget a partition."""
        self._scoring.drop(name)
