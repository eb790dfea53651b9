"""A topic of Kafka, and the topics of parked records."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.outputs import What
from anomaly_container.services.streams.sinks.sink import Receipt, SinkFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaProducer

    from anomaly_container.services.streams.cluster import Cluster
    from anomaly_container.services.streams.outputs import Output

MOST: Final = 2000
MOST_BYTES: Final = 17 << 20
"""More than the largest record that is parked; the brokers may allow less."""
WITHOUT_BYTES: Final = "The topic does not take a record of its size: the bytes are left in the source."
START_SECONDS: Final = 30.0
SEND_SECONDS: Final = 60.0
REQUEST_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0


class TopicSink:
    """Sends each output as one record, with its id as the key, and waits until all replicas have it.

    Parameters
    ----------
    cluster
        The brokers.
    topic
        Returns the topic of an output.
    compression
        None, or `gzip`.
    """

    most: int = MOST
    repeat_seconds: float | None = None

    def __init__(
        self, cluster: Cluster, topic: Callable[[Output], str], *, compression: str | None = None
    ) -> None:
        self._cluster = cluster
        self._topic = topic
        self._compression = compression
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect to the brokers; see `Sink`."""
        from aiokafka.errors import KafkaError  # noqa: PLC0415  # the extra `kafka`

        await self.close()
        producer = self._cluster.producer(
            compression_type=self._compression,
            max_request_size=MOST_BYTES,
            request_timeout_ms=int(REQUEST_SECONDS * 1000),
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await producer.start()
        except (KafkaError, OSError, TimeoutError):
            await _stopped(producer)
            raise SinkFailed(message="The brokers cannot be reached.") from None
        self._producer = producer

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Send outputs; see `Sink`."""
        again, too_large = _not_taken(outputs, await self._sent(outputs))
        refused = [output for output in too_large if not await self._is_sent_without_bytes(output)]
        detail = "The brokers did not take all records." if again or refused else ""
        return Receipt(tuple(again), tuple(refused), detail)

    async def _is_sent_without_bytes(self, output: Output) -> bool:
        """Send a parked record that is too large for the topic without its bytes, which its source has.

        Otherwise it would hold up its partition for ever.
        """
        if output.what is not What.PARKED or output.record is None:
            return False
        short = replace(output, record=None, detail=f"{output.detail} {WITHOUT_BYTES}".strip())
        again, refused = _not_taken([short], await self._sent([short]))
        return not again and not refused

    async def _sent(self, outputs: Sequence[Output]) -> list[asyncio.Future[Any]]:
        """Hand outputs to the producer one by one, and wait for the results of those that it accepted."""
        from aiokafka.errors import KafkaError  # noqa: PLC0415  # the extra `kafka`

        producer = self._producer
        sent: list[asyncio.Future[Any]] = []
        if producer is None:
            return sent
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(SEND_SECONDS):
                for output in outputs:
                    sent.append(await producer.send(**record_of(output, self._topic(output))))  # noqa: PERF401  # those before a failure count
                await asyncio.wait(sent)
        return sent

    async def close(self) -> None:
        """Disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stopped(producer)


def record_of(output: Output, topic: str) -> dict[str, Any]:
    """Return an output as the arguments of a producer's `send`.

    A parked record keeps its bytes, and has the fault and its position in headers.

    Parameters
    ----------
    output
        The output.
    topic
        The topic that it goes to.
    """
    key = output.id.encode()
    if output.what is not What.PARKED:
        return {"topic": topic, "key": key, "value": output.line}
    source, _, partition = output.partition.rpartition("-")
    headers = {
        "reason": output.state,
        "detail": output.detail,
        "topic": source,
        "partition": partition,
        "offset": str(output.offset),
        "time": "" if output.time is None else str(output.time),
    }
    return {
        "topic": topic,
        "key": key,
        "value": output.record or b"",
        "headers": [(name, value.encode()) for name, value in headers.items()],
    }


def _not_taken(
    outputs: Sequence[Output], sent: Sequence[asyncio.Future[Any]]
) -> tuple[list[Output], list[Output]]:
    """Return the outputs that were not sent, and those that are too large."""
    from aiokafka.errors import MessageSizeTooLargeError  # noqa: PLC0415  # the extra `kafka`

    again: list[Output] = list(outputs[len(sent) :])
    too_large: list[Output] = []
    for output, future in zip(outputs, sent, strict=False):
        if not future.done() or future.cancelled():
            future.cancel()
            again.append(output)
        elif isinstance(future.exception(), MessageSizeTooLargeError):
            too_large.append(output)
        elif future.exception() is not None:
            again.append(output)
    return again, too_large


async def _stopped(producer: AIOKafkaProducer) -> None:
    """Stop a producer; what it cannot send in time is left, since it was not acknowledged."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
            return
    # It waits for its batches before it closes anything.
    await producer._sender.close()  # noqa: SLF001  # there is no other way to end its task
    await producer.client.close()
