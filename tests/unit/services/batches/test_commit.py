"""Commits: changes of the state by conditional writes.

The smallest example: a change that adds a dead letter makes revision 1 of the state, in `state/batches.json`.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.errors import Refused, Unavailable
from anomaly_container.services.batches import commit, keys, state
from anomaly_container.services.batches.commit import Commits, StateTooLongError
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.state import State, UnknownStateError, decode
from tests.support.batch_process import without_pauses
from tests.support.faulty_store import FaultyStore, Objects

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PROCESSES, CHANGES = 8, 20


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def commits(store: FaultyStore) -> Commits:
    return Commits(store, State(mode="default"), Lease(store, keys.TURN, 30.0, time.time))


def adding(rows: int) -> Callable[[State], Awaitable[tuple[State, int]]]:
    async def added(before: State) -> tuple[State, int]:
        await asyncio.sleep(0)
        return replace(before, rows=before.rows + rows), before.rows

    return added


async def unchanged(before: State) -> tuple[State, str]:
    return before, "the same"


def stored(objects: Objects) -> State:
    return decode(objects.data(keys.STATE))


async def test_a_change() -> None:
    store = FaultyStore()
    changes = commits(store)
    assert changes.last is None
    assert await changes.change(adding(5)) == 0
    assert await changes.change(adding(5)) == 5
    assert (stored(store.shared).revision, stored(store.shared).rows) == (2, 10)
    assert changes.last == stored(store.shared) == await changes.current()


async def test_a_change_of_nothing_writes_nothing() -> None:
    store = FaultyStore()
    assert await commits(store).change(unchanged) == "the same"
    assert store.shared.written == []


async def test_a_conflict_is_computed_again() -> None:
    store = FaultyStore()
    one, other = commits(store), commits(store)
    await one.change(adding(1))
    await other.change(adding(10))
    assert await one.change(adding(100)) == 11
    assert stored(store.shared).rows == 111


async def test_a_reader_sees_what_others_wrote() -> None:
    store = FaultyStore()
    one, other = commits(store), commits(store)
    assert (await one.current()).rows == 0
    await other.change(adding(10))
    assert one.last is not None
    assert one.last.rows == 0
    assert (await one.current()).rows == 10


async def test_many_processes_lose_no_change() -> None:
    objects = Objects()

    async def process() -> None:
        changes = commits(FaultyStore(objects))
        for _ in range(CHANGES):
            await changes.change(adding(1))

    await asyncio.gather(*(process() for _ in range(PROCESSES)))
    last = stored(objects)
    assert last.rows == last.revision == PROCESSES * CHANGES
    revisions = [decode(data).revision for key, data in objects.written if key == keys.STATE]
    assert revisions == list(range(1, PROCESSES * CHANGES + 1))


async def test_after_several_conflicts_a_process_takes_its_turn() -> None:
    store = FaultyStore()
    one, other = commits(store), commits(store)
    conflicts = 0

    async def hindered(before: State) -> tuple[State, int]:
        nonlocal conflicts
        if conflicts < commit.CONFLICTS_BEFORE_TURN:
            conflicts += 1
            await other.change(adding(1))
        elif keys.TURN in store.shared.objects:
            return replace(before, rows=before.rows + 100), 1
        return replace(before, rows=before.rows + 100), 0

    assert await one.change(hindered) == 1
    assert stored(store.shared).rows == 105
    assert b'"until":0' in store.shared.data(keys.TURN)


@pytest.mark.parametrize("calls", [1, 2])
async def test_an_answer_that_is_lost(calls: int) -> None:
    """The change has happened: the next one is computed from it."""
    store = FaultyStore()
    changes = commits(store)
    for number in range(calls - 1):
        await changes.change(adding(10**number))

    def lost(_call: str, _key: str) -> None:
        store.after = None
        raise Unavailable(message="away")

    store.after = lost
    with pytest.raises(Unavailable):
        await changes.change(adding(1000))
    rows = stored(store.shared).rows
    assert rows >= 1000
    assert await changes.change(adding(1)) == rows


async def test_a_write_that_did_not_happen() -> None:
    store = FaultyStore()
    changes = commits(store)
    await changes.change(adding(1))

    def fails(call: str, _key: str) -> None:
        if call == "update":
            store.before = None
            raise Refused(message="denied")

    store.before = fails
    with pytest.raises(Refused):
        await changes.change(adding(1000))
    assert changes.last is not None
    assert changes.last.rows == 1
    assert await changes.change(adding(1)) == 1


async def test_an_error_of_the_change_writes_nothing() -> None:
    async def fails(_before: State) -> tuple[State, None]:
        raise ZeroDivisionError

    store = FaultyStore()
    changes = commits(store)
    with pytest.raises(ZeroDivisionError):
        await changes.change(fails)
    assert await changes.change(adding(1)) == 0


async def test_a_state_of_another_program() -> None:
    store = FaultyStore()
    store.shared.write(keys.STATE, b'{"schema":99}')
    with pytest.raises(UnknownStateError):
        await commits(store).change(adding(1))
    assert store.shared.data(keys.STATE) == b'{"schema":99}'


async def test_a_state_that_nobody_could_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "LONGEST", 1000)

    async def long(before: State) -> tuple[State, None]:
        return replace(before, model={"x": "y" * 1000}), None

    store = FaultyStore()
    changes = commits(store)
    with pytest.raises(StateTooLongError):
        await changes.change(long)
    assert store.shared.written == []
    assert await changes.change(adding(1)) == 0
