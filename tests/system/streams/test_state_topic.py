"""The topic of states on real brokers.

The smallest example: of two documents of one partition the one with the larger offset is loaded, whichever
came last.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.state_topic import SETTINGS, TopicSnapshots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.system.streams.brokers import Broker


@asynccontextmanager
async def snapshots(broker: Broker, topic: str) -> AsyncIterator[TopicSnapshots]:
    """Connect to the topic as a member does."""
    made = TopicSnapshots(Cluster(servers=broker.address), topic)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def created(broker: Broker) -> str:
    """Create a topic of states of our own."""
    topic = f"{uuid4()}.state"
    assert await Cluster(servers=broker.address).create({topic: (1, SETTINGS)}) == []
    return topic


async def test_the_state_of_one_member_is_loaded_by_the_next(broker: Broker) -> None:
    topic = await created(broker)
    async with snapshots(broker, topic) as first, snapshots(broker, topic) as second:
        assert await first.load_all() == {}
        await first.save("orders-0", 7, b"seven")
        await first.save("orders-1", 3, b"three")
        assert await second.load(["orders-0", "orders-2"]) == {"orders-0": b"seven"}
        await second.save("orders-0", 9, b"nine")
        assert await first.load_all() == {"orders-0": b"nine", "orders-1": b"three"}
    async with snapshots(broker, topic) as third:
        assert await third.load_all() == {"orders-0": b"nine", "orders-1": b"three"}


async def test_an_old_state_that_comes_late_does_not_replace_a_newer_one(broker: Broker) -> None:
    topic = await created(broker)
    async with snapshots(broker, topic) as held_up, snapshots(broker, topic) as successor:
        await successor.save("orders-0", 9, b"nine")
        await held_up.save("orders-0", 7, b"seven")
        assert await successor.load_all() == {"orders-0": b"nine"}
