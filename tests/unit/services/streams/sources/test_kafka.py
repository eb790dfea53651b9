"""The member of a group, with a client that is not one.

The smallest example: nothing is sought before it is known where every partition begins, and what is read
until then belongs to no epoch.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from anomaly_container.services.streams.cluster import Cluster
from anomaly_container.services.streams.sources.kafka import BETWEEN, KafkaSource, Membership

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from anomaly_container.services.streams.sources import Batch, Position

PLACES = [TopicPartition("a", number) for number in range(3)]


@dataclass
class Client:
    """Answers as aiokafka's consumer does, and reads in the middle of an assignment."""

    source: KafkaSource
    stored: dict[TopicPartition, int] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)
    between: list[Batch] = field(default_factory=list)
    is_member: bool = True
    places: dict[TopicPartition, int] = field(default_factory=dict)

    async def position(self, place: TopicPartition) -> int:
        if place not in self.places:
            raise IllegalStateError
        return self.places[place]

    async def committed(self, place: TopicPartition) -> int | None:
        return self.stored.get(place)

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        self.happened.append("ask")
        self.between.append(await self.source.read(10))
        return dict.fromkeys(places, 7)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.happened.append(f"seek {place.partition} {offset}")

    async def getmany(self, **_: object) -> Mapping[TopicPartition, Sequence[object]]:
        return {PLACES[0]: [SimpleNamespace(offset=40, value=b"x", timestamp=5000)]}

    def highwater(self, _: TopicPartition) -> int:
        return 43

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if not self.is_member:
            raise CommitFailedError
        self.stored |= offsets


class Owner:
    """Knows the state of partition 1 alone."""

    def __init__(self) -> None:
        self.committed: dict[str, int | None] = {}
        self.released: list[str] = []

    async def acquire(self, committed: Mapping[str, int | None]) -> Mapping[str, Position]:
        self.committed = dict(committed)
        return {"a-1": {"offset": 4}}

    async def release(self, names: Collection[str]) -> None:
        self.released += names


def member() -> tuple[KafkaSource, Client, Owner]:
    source = KafkaSource(Cluster(servers="127.0.0.1:9"), Membership(topics=("a",), group="g"))
    client = Client(source, {PLACES[1]: 9})
    source._consumer = cast("Any", client)  # noqa: SLF001  # in the place of a client that connects
    return source, client, Owner()


async def test_all_partitions_are_sought_at_once_when_all_beginnings_are_known() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES)
    assert owner.committed == {"a-0": None, "a-1": 9, "a-2": None}
    assert client.happened == ["ask", "ask", "seek 0 7", "seek 1 4", "seek 2 7"]
    assert [batch.epoch for batch in client.between] == [BETWEEN, BETWEEN]
    assert source.answered


async def test_a_batch_belongs_to_the_epoch_in_which_it_was_read() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES)
    client.places = {PLACES[0]: 41, PLACES[1]: 43}
    batch = await source.read(10)
    assert batch.epoch == source.epoch
    assert [(record.id, record.offset, record.timestamp) for record in batch.records] == [("a-0-40", 40, 5.0)]
    assert batch.positions == {"a-0": {"offset": 41}}
    assert source.lag == {"a-0": 2, "a-1": 0, "a-2": 0}
    await source.revoked(owner, PLACES)
    assert owner.released == ["a-0", "a-1", "a-2"]
    assert batch.epoch != source.epoch
    assert (await source.read(10)).epoch == BETWEEN


async def test_the_marker_of_a_transaction_does_not_wait() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES[:1])
    client.places = {PLACES[0]: 43}  # the last record is 40; two markers follow it
    assert (await source.read(10)).positions == {"a-0": {"offset": 41}}
    assert source.lag == {"a-0": 0}


async def test_a_batch_keeps_its_epoch_if_an_assignment_comes_while_the_position_is_asked_for() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES)
    before = source.epoch

    async def assigning(_: TopicPartition) -> int:
        await source.revoked(owner, PLACES)
        return 41

    client.position = assigning  # type: ignore[method-assign,assignment]  # another member joins
    assert (await source.read(10)).epoch == before < source.epoch


async def test_a_position_that_does_not_come_is_not_waited_for() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES)

    async def hanging(_: TopicPartition) -> int:
        await asyncio.Event().wait()
        raise AssertionError

    client.position = hanging  # type: ignore[method-assign,assignment]  # the client asks for the place again
    async with asyncio.timeout(10):
        assert len((await source.read(10)).records) == 1


async def test_a_commit_of_a_stale_generation_is_dropped() -> None:
    source, client, owner = member()
    await source.assigned(owner, PLACES)
    assert await source.commit({"a-0": 41})
    assert client.stored[PLACES[0]] == 41
    client.is_member = False
    assert not await source.commit({"a-0": 42})
    assert not await source.commit({"a-9": 1})


async def test_a_failure_of_an_assignment_ends_the_reading() -> None:
    source, client, owner = member()

    async def failing(_: Mapping[str, int | None]) -> Mapping[str, Position]:
        raise OSError(5, "no state")

    owner.acquire = failing  # type: ignore[method-assign,assignment]  # it fails
    await source.assigned(owner, PLACES)
    assert client.happened == []
    with pytest.raises(OSError, match="no state"):
        await source.read(10)
