"""Repair of what a process left undone that was killed.

The smallest example: a process is killed after a commit; another publishes the batch, marks it and clears
what was staged.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.outbound.errors import Refused, Unavailable
from anomaly_container.services.batches import keys, state
from anomaly_container.services.batches.steps import Step
from anomaly_container.services.batches.waiting import Item
from tests.support.batch_process import batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore, Objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.batches.state import State

ROWS = b"a,b\n" + b"".join(b"%d,%d\n" % (number % 7, number * 3 % 5) for number in range(40))
LATER = 1e9
NOW = 1e6


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def stored(objects: Objects) -> State:
    return state.decode(objects.data(keys.STATE))


async def killed_after(step: Step, objects: Objects, names: Sequence[str] = "a") -> None:
    """Work on objects in a process that is killed when the first of them has reached a step."""
    is_dead = asyncio.Event()

    def reached(at: Step) -> None:
        if at is step:
            is_dead.set()
            raise asyncio.CancelledError

    def refused(_call: str, _key: str) -> None:
        if is_dead.is_set():
            raise asyncio.CancelledError

    store = FaultyStore(objects, refused, refused)
    async with running(store, batches_settings(), clock=lambda: NOW, reached=reached) as process:
        for name in names:
            await process.parts.waiting.put(Item(key=f"raw/{name}.csv"))
        await asyncio.wait_for(is_dead.wait(), 10.0)


async def repaired(objects: Objects, *, age: float = 0.0) -> None:
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: LATER) as process:
        await process.parts.repair.publish(age)
        await process.parts.listing.look()
        await process.idle()
        await process.parts.repair.publish(age)
        await process.parts.repair.sweep(0.0)
        await process.parts.after_commit.follow()


async def undisturbed() -> Objects:
    objects = Objects()
    objects.write("raw/a.csv", ROWS)
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: LATER) as process:
        await process.work([Item(key="raw/a.csv")])
    return objects


@pytest.mark.parametrize(
    "step", [Step.READ, Step.STAGED, Step.COMMITTED, Step.PUBLISHED, Step.MARKED, Step.CLEARED]
)
async def test_after_a_kill_the_results_are_those_of_an_undisturbed_run(step: Step) -> None:
    objects, expected = Objects(), await undisturbed()
    objects.write("raw/a.csv", ROWS)
    await killed_after(step, objects)
    committed = stored(objects) if keys.STATE in objects.objects else None
    assert (committed is not None) is (step >= Step.COMMITTED)
    await repaired(objects)
    assert objects.data("processed/a.csv") == expected.data("processed/a.csv")
    summary, other = (orjson.loads(one.data("processed/a_summary.json")) for one in (objects, expected))
    differ = {"processed_at", "seconds"}
    assert {name: value for name, value in summary.items() if name not in differ} == {
        name: value for name, value in other.items() if name not in differ
    }
    last = stored(objects)
    assert (last.files, last.rows, last.model) == (1, 40, stored(expected).model)
    assert not last.ledger.unpublished()
    assert objects.keys(keys.STAGING) == []
    assert orjson.loads(objects.data(keys.VIEW))["last_updated"] == last.last_updated


async def test_what_was_committed_a_moment_ago_is_left_to_its_process() -> None:
    objects = Objects()
    objects.write("raw/a.csv", ROWS)
    await killed_after(Step.COMMITTED, objects)
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: NOW + 29.0) as process:
        await process.parts.repair.publish(30.0)
        assert "processed/a.csv" not in objects.objects
        assert await process.parts.repair.sweep(0.0) == 0, "what is unpublished is no orphan"
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: NOW + 30.0) as process:
        await process.parts.repair.publish(30.0)
    assert "processed/a.csv" in objects.objects


async def test_one_commit_marks_all_that_are_published_together() -> None:
    objects = Objects()
    names = [f"{number:02}" for number in range(20)]
    for name in names:
        objects.write(f"raw/{name}.csv", ROWS)
        await killed_after(Step.COMMITTED, objects, [name])
    before = stored(objects)
    assert len(before.ledger.unpublished()) == len(names)
    processes = [FaultyStore(objects) for _ in range(3)]
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(running(store, batches_settings(), clock=lambda: LATER))
            for store in processes
        ]
        await asyncio.gather(*(process.parts.repair.publish(0.0) for process in started))
    after = stored(objects)
    assert not after.ledger.unpublished()
    assert after.revision - before.revision <= 10, "neither one for each, nor the same by each process"


async def test_one_that_cannot_be_published_does_not_hold_up_the_others() -> None:
    objects = Objects()
    for name in "ab":
        objects.write(f"raw/{name}.csv", ROWS)
        await killed_after(Step.COMMITTED, objects, name)

    def refuses(_call: str, key: str) -> None:
        if key.startswith("processed/a"):
            raise Refused(message="in the way")

    async with running(FaultyStore(objects, refuses), batches_settings(), clock=lambda: LATER) as process:
        await process.parts.repair.publish(0.0)
    assert [entry.key for entry in stored(objects).ledger.unpublished()] == ["raw/a.csv"]
    assert "processed/b.csv" in objects.objects


async def test_orphans_are_deleted_when_they_are_old() -> None:
    objects = Objects()
    objects.write("staging/x.csv", b"")
    objects.write("staging/probe-y", b"")
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: 10.0) as process:
        assert await process.parts.repair.sweep(9.0) == 1
        assert objects.keys("staging/") == ["staging/probe-y"]
        assert await process.parts.repair.sweep(8.0) == 1
    assert objects.keys("staging/") == []


async def test_the_first_repair_waits_for_the_store() -> None:
    objects = Objects()
    objects.write("raw/a.csv", ROWS)
    await killed_after(Step.COMMITTED, objects)
    left = 3

    def away(_call: str, _key: str) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise Unavailable(message="away")

    async with running(FaultyStore(objects, away), batches_settings(), clock=lambda: LATER) as process:
        repair = asyncio.create_task(process.parts.repair.run())
        async with asyncio.timeout(10.0):
            while "processed/a_summary.json" not in objects.objects:  # noqa: ASYNC110  # nothing tells a test of it
                await asyncio.sleep(0.001)
        repair.cancel()
        with suppress(asyncio.CancelledError):
            await repair
