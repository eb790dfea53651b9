"""A lease: one process at a time, until it lets go or its time is over.

The smallest example: of two processes the first takes the lease; the second does so 30 s later.
"""

from __future__ import annotations

import asyncio

import pytest

from anomaly_container.outbound.errors import Changed
from anomaly_container.services.batches import lease as leases
from anomaly_container.services.batches.lease import Lease
from tests.support.faulty_store import FaultyStore


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lease(store: FaultyStore, clock: Clock) -> Lease:
    return Lease(store, "state/turn", 30.0, clock)


async def test_one_at_a_time(clock: Clock) -> None:
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    assert await one.try_to_take()
    assert not await other.try_to_take()
    clock.now += 29.0
    assert await one.try_to_take(), "the holder renews it"
    clock.now += 29.0
    assert not await other.try_to_take()
    clock.now += 1.0
    assert await other.try_to_take()
    assert not await one.try_to_take()


async def test_release(clock: Clock) -> None:
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    await one.release()
    assert store.shared.written == []
    assert await one.try_to_take()
    await one.release()
    assert await other.try_to_take()
    await one.release()
    assert not await one.try_to_take(), "what another holds is not released"


async def test_a_lease_that_was_lost_is_not_released(clock: Clock) -> None:
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    assert await one.try_to_take()
    clock.now += 31.0
    assert await other.try_to_take()
    await one.release()
    assert not await one.try_to_take()


@pytest.mark.parametrize("data", [b"", b"x", b"[]", b'{"owner":"a"}', b'{"owner":"a","until":"x"}'])
async def test_a_lease_that_cannot_be_read_has_ended(data: bytes, clock: Clock) -> None:
    store = FaultyStore()
    store.shared.write("state/turn", data)
    assert await lease(store, clock).try_to_take()


async def test_of_two_that_write_at_once_one_holds_it(clock: Clock) -> None:
    store = FaultyStore()

    def changed(call: str, _key: str) -> None:
        if call == "create":
            raise Changed

    store.before = changed
    assert not await lease(store, clock).try_to_take()


async def test_a_wait_has_an_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    monkeypatch.setattr(leases, "LONGEST_PAUSE", 0.011)

    def renewed(_call: str, _key: str) -> None:
        clock.now += 10.0
        store.shared.objects["state/turn"] = held

    assert await one.try_to_take()
    held = (
        store.shared.objects["state/turn"][0].replace(b"1030", b"9999"),
        "e",
        store.shared.objects["state/turn"][2],
    )
    store.before = renewed
    await other.take()
    assert 60.0 <= clock.now - 1000.0 <= 90.0


async def test_nobody_waits_for_a_process_that_was_killed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LONGEST_PAUSE", 0.011)
    monkeypatch.setattr(leases, "SECONDS_WITHOUT_SIGN", 0.1)
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    assert await one.try_to_take()
    async with asyncio.timeout(10.0):
        await other.take()
    assert clock.now == 1000.0
    assert not await one.try_to_take()
    await other.release()


async def test_a_process_that_lives_keeps_its_lease_until_it_lets_go(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LONGEST_PAUSE", 0.011)
    monkeypatch.setattr(leases, "SECONDS_BETWEEN_SIGNS", 0.01)
    monkeypatch.setattr(leases, "SECONDS_WITHOUT_SIGN", 0.5)
    store = FaultyStore()
    one, other = lease(store, clock), lease(store, clock)
    await one.take()
    waiting = asyncio.create_task(other.take())
    await asyncio.sleep(1.0)
    assert not waiting.done()
    await one.release()
    async with asyncio.timeout(10.0):
        await waiting
    assert not await one.try_to_take()
    await other.release()
    written = len(store.shared.written)
    await asyncio.sleep(0.05)
    assert len(store.shared.written) == written, "what is let go gives no signs"
