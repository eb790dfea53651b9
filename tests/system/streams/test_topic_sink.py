"""A topic whose broker stands still for a while, beside a file.

The smallest example: the broker is stopped by a signal; the file gets everything meanwhile, and the topic
does when the broker goes on.
"""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.destinations import open_delivery
from tests.support.scale import scale_of_this_run
from tests.support.sink_outputs import broken, results
from tests.support.until import until
from tests.system.streams.brokers import Broker, tansu
from tests.system.streams.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STILL_SECONDS = scale_of_this_run().of(2.0, 60.0)
EVENTS = 500


@pytest.fixture
def own() -> Iterator[Broker]:
    """A broker of this test alone, since it is stopped."""
    with tansu() as broker:
        yield broker


async def create(servers: str, *topics: str) -> None:
    assert await Cluster(servers=servers).create({topic: (1, {}) for topic in topics}) == []


async def records(servers: str, topic: str, count: int) -> list[Any]:
    """Return what a topic has, when it has so many."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    await consumer.start()
    try:
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        consumer.seek(place, 0)
        found: list[Any] = []
        async with asyncio.timeout(30):
            while len(found) < count:
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    found += batch
        return found
    finally:
        await consumer.stop()


async def test_a_broker_that_stands_still_misses_nothing(own: Broker, tmp_path: Path) -> None:
    await create(own.address, "results", "orders.parked")
    words = {
        "Streams:Source": f"kafka://{own.address}/orders",
        "Streams:Sinks:all:Type": "topic",
        "Streams:Sinks:all:Topic": "results",
        "Streams:Sinks:audit:Type": "file",
        "Streams:Sinks:audit:Path": str(tmp_path / "results.jsonl"),
    }
    delivery = open_delivery(settings_of(words), http=HttpClient(), clock=time.time)
    task = asyncio.create_task(delivery.run())
    try:
        await delivery.put(results(0, EVENTS), {"orders-0": EVENTS})
        assert await delivery.drained(["orders-0"], 30)
        own.process.send_signal(signal.SIGSTOP)
        outputs = [*results(EVENTS, 2 * EVENTS), broken(2 * EVENTS, b"\xff")]
        await delivery.put(outputs, {"orders-0": 2 * EVENTS + 1})
        await until(lambda: delivery.queued["audit"] == 0)
        await asyncio.sleep(STILL_SECONDS)
        assert delivery.acknowledged("orders-0") == EVENTS
        own.process.send_signal(signal.SIGCONT)
        assert await delivery.drained(["orders-0"], 90)
        assert delivery.acknowledged("orders-0") == 2 * EVENTS + 1
        found = await records(own.address, "results", 2 * EVENTS)
        [parked, *_] = await records(own.address, "orders.parked", 1)
    finally:
        own.process.send_signal(signal.SIGCONT)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    wanted = [f"orders-0-{number}" for number in range(2 * EVENTS)]
    assert list(dict.fromkeys(record.key.decode() for record in found)) == wanted
    lines = (tmp_path / "results.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == wanted
    assert (parked.value, dict(parked.headers)["reason"]) == (b"\xff", b"not-json")
