"""The history of batches that have left the ledger.

The smallest example: after `raw/a.csv` was remembered and has left the ledger, it is still known.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import orjson

from anomaly_container.services.batches.history import History
from anomaly_container.services.batches.keys import shard_key
from anomaly_container.services.batches.ledger import Entry, Ledger
from anomaly_container.services.batches.state import State
from tests.support.faulty_store import FaultyStore, Objects


def batch(name: str, **words: object) -> Entry:
    return replace(Entry(key=f"raw/{name}.csv", etag="e1", attempt=name, published=True), **words)  # type: ignore[arg-type]  # fields


def state_with(*entries: Entry, evicted: int = 0) -> State:
    ledger = replace(Ledger().with_entries(entries), evicted=evicted)
    return State(mode="default", ledger=ledger)


async def test_what_has_left_the_ledger_is_known() -> None:
    history = History(FaultyStore())
    assert await history.knows(state_with(batch("a")), "raw/a.csv", "e1")
    assert not await history.knows(state_with(batch("a")), "raw/a.csv", "e2")
    await history.remember([batch("a"), batch("b")])
    gone = state_with(evicted=2)
    assert await history.knows(gone, "raw/a.csv", "e1")
    assert await history.knows(gone, "raw/b.csv", "e1")
    assert not await history.knows(gone, "raw/a.csv", "e2")
    assert not await history.knows(gone, "raw/c.csv", "e1")


async def test_a_retry_does_not_mind_a_dead_letter() -> None:
    history = History(FaultyStore())
    dead = batch("a", reason="empty", attempt="")
    assert await history.knows(state_with(dead), "raw/a.csv", "e1")
    assert not await history.knows(state_with(dead), "raw/a.csv", "e1", is_retry=True)
    await history.remember([dead, batch("b")])
    gone = state_with(evicted=2)
    assert await history.knows(gone, "raw/a.csv", "e1")
    assert not await history.knows(gone, "raw/a.csv", "e1", is_retry=True)
    assert await history.knows(gone, "raw/b.csv", "e1", is_retry=True)


async def test_a_shard_is_read_again_after_an_eviction_of_another_process() -> None:
    objects = Objects()
    reads: list[str] = []
    one = History(
        FaultyStore(objects, before=lambda call, key: reads.append(key) if call == "read" else None)
    )
    other = History(FaultyStore(objects))
    assert not await one.knows(state_with(evicted=1), "raw/a.csv", "e1")
    await other.remember([batch("a")])
    assert not await one.knows(state_with(evicted=1), "raw/a.csv", "e1")
    assert await one.knows(state_with(evicted=2), "raw/a.csv", "e1")
    assert reads == [shard_key("raw/a.csv")] * 2


async def test_processes_that_remember_at_once() -> None:
    objects = Objects()
    entries = [batch(f"{number}") for number in range(600)]
    await asyncio.gather(
        *(History(FaultyStore(objects)).remember(entries[start:]) for start in (0, 100, 300))
    )
    digests = [one for key in objects.keys("state/ledger/") for one in orjson.loads(objects.data(key))]
    assert sorted(digests) == sorted(entry.digest for entry in entries)
    writes = len(objects.written)
    await History(FaultyStore(objects)).remember(entries)
    assert len(objects.written) == writes, "what is known is not written again"


async def test_the_cache_has_a_bound() -> None:
    history = History(FaultyStore())
    for number in range(2000):
        await history.knows(state_with(evicted=1), f"raw/{number}.csv", "e1")
    assert len(history._shards) <= 256  # noqa: SLF001  # the bound has no other effect
