"""A topic of a real producer's mock of Kafka (librdkafka's), read back by a consumer.

The smallest example: a result is a record whose key is its id and whose value is its document.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError
from confluent_kafka import Producer

from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.outputs import Output
from anomaly_container.services.streams.sinks import topic as topic_module
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed
from anomaly_container.services.streams.sinks.topic import WITHOUT_BYTES, TopicSink, record_of
from tests.support.sink_outputs import broken, results

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    """The address of a broker that lives as long as the client that made it."""
    mock = Producer({"test.mock.num.brokers": 1})
    yield str(next(iter(mock.list_topics(timeout=10).brokers.values()))).split("/")[0]
    mock.flush(1)


def sink(servers: str, topic: str, *, compression: str | None = None) -> TopicSink:
    return TopicSink(Cluster(servers=servers), lambda _: topic, compression=compression)


async def records(servers: str, topic: str) -> list[Any]:
    """Return what a topic has, in the order of the partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        found: list[Any] = []
        partitions = [TopicPartition(topic, number) for number in range(4)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for place in partitions:
            consumer.seek(place, 0)
        while len(found) < sum(ends.values()):
            for batch in (await consumer.getmany(timeout_ms=1000)).values():
                found += batch
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


async def sent(made: TopicSink, *outputs: Output) -> Receipt:
    await made.open()
    try:
        return await made.send(outputs)
    finally:
        await made.close()


@pytest.mark.parametrize("compression", [None, "gzip"])
async def test_outputs_are_records_with_their_ids_as_keys(servers: str, compression: str | None) -> None:
    topic = f"results-{compression}"
    assert await sent(sink(servers, topic, compression=compression), *results(0, 50)) == ALL_TAKEN
    found = await records(servers, topic)
    assert {record.key.decode(): record.value for record in found} == {
        output.id: output.line for output in results(0, 50)
    }
    assert len(found) == 50
    assert all(record.headers == () for record in found)


async def test_a_parked_record_keeps_its_bytes_and_says_why(servers: str) -> None:
    await sent(sink(servers, "parked"), broken(7, b"\xff{"))
    [record] = await records(servers, "parked")
    assert (record.key, record.value) == (b"orders-0-7", b"\xff{")
    assert dict(record.headers) == {
        "reason": b"not-json",
        "detail": b"It ends early.",
        "topic": b"orders",
        "partition": b"0",
        "offset": b"7",
        "time": b"",
    }


def test_the_name_of_a_topic_may_have_dashes() -> None:
    output = Output(
        **{
            **{
                name: getattr(broken(7), name) for name in ("what", "id", "offset", "line", "state", "record")
            },
            "partition": "web-shop-orders-12",
        }
    )
    headers = dict(record_of(output, "t")["headers"])
    assert (headers["topic"], headers["partition"]) == (b"web-shop-orders", b"12")


async def test_brokers_that_are_away_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_module, "START_SECONDS", 1.0)
    with pytest.raises(SinkFailed, match="cannot be reached"):
        await sink("127.0.0.1:1", "t").open()


class Answering:
    """A producer that answers each record as the test says."""

    def __init__(self, answers: list[Exception | None]) -> None:
        self.answers = answers
        self.values: list[bytes] = []
        self.headers: list[dict[str, bytes]] = []

    async def send(self, topic: str, **record: Any) -> asyncio.Future[None]:  # noqa: ANN401  # as aiokafka's
        del topic
        self.values.append(record["value"])
        self.headers.append(dict(record.get("headers", ())))
        future = asyncio.get_running_loop().create_future()
        answer = self.answers.pop(0)
        if answer is None:
            future.set_result(None)
        elif isinstance(answer, TimeoutError):
            pass  # it never comes
        else:
            future.set_exception(answer)
        return future

    async def stop(self) -> None:
        return


def with_producer(producer: Answering) -> TopicSink:
    made = sink("127.0.0.1:1", "t")
    made._producer = producer  # noqa: SLF001  # brokers do not fail on demand
    return made


async def test_only_what_was_not_taken_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_module, "SEND_SECONDS", 0.1)
    outputs = results(0, 4)
    answers = [None, MessageSizeTooLargeError(), OSError("away"), TimeoutError()]
    receipt = await with_producer(Answering(answers)).send(outputs)
    assert (receipt.again, receipt.refused) == ((outputs[2], outputs[3]), (outputs[1],))
    assert receipt.detail == "The brokers did not take all records."


async def test_a_parked_record_that_is_too_large_is_parked_without_its_bytes() -> None:
    producer = Answering([MessageSizeTooLargeError(), None])
    assert await with_producer(producer).send([broken(7, b"x" * 100)]) == ALL_TAKEN
    assert producer.values == [b"x" * 100, b""]
    assert producer.headers[1]["detail"].decode() == f"It ends early. {WITHOUT_BYTES}"


async def test_a_sink_that_is_closed_takes_nothing() -> None:
    outputs = results(0, 2)
    receipt = await sink("127.0.0.1:1", "t").send(outputs)
    assert receipt.again == tuple(outputs)
