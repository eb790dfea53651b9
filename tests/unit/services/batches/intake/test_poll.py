"""Polling of a store.

The smallest example: of the objects `raw/a.csv`, `raw/b.txt` and `raw/c.csv` a listing queues a and c.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches.intake.poll import poll
from anomaly_container.services.batches.keys import POLL_LEASE
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.waiting import Item
from anomaly_container.web.metering_gate import MeteringGate
from tests.support.batch_process import batches_settings, running, without_pauses
from tests.support.faulty_store import FaultyStore, Objects

ROWS = b"a,b\n1,2\n3,4\n"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


async def test_what_is_new_is_queued_oldest_first() -> None:
    objects = Objects()
    for key in ("raw/c.csv", "raw/b.txt", "raw/a.csv", "raw/_x.csv", "raw/x/", "state/x.csv"):
        objects.write(key, ROWS)
    async with running(FaultyStore(objects), batches_settings(), clock=lambda: 2.5) as process:
        await process.kill()
        assert await process.parts.listing.look() == 2
        taken = [await process.parts.waiting.take() for _ in range(2)]
    assert [(item.key, item.etag, item.seen) for item in taken] == [
        ("raw/c.csv", "e1", 1.0),
        ("raw/a.csv", "e3", 2.5),
    ]


async def test_what_is_in_the_ledger_is_not_queued_again() -> None:
    objects = Objects()
    objects.write("raw/a.csv", ROWS)
    objects.write("raw/b.csv", b"")
    objects.write("raw/\udcff.csv", ROWS)
    async with running(FaultyStore(objects), batches_settings()) as process:
        assert await process.parts.listing.look() == 3
        await process.idle()
        assert await process.parts.listing.look() == 0
        objects.write("raw/a.csv", ROWS + b"5,6\n")
        assert await process.parts.listing.look() == 1
        await process.idle()
        assert (await process.parts.commits.current()).files == 2


async def test_what_has_left_the_ledger_is_not_queued_again() -> None:
    objects = Objects()
    async with running(FaultyStore(objects), batches_settings(keep=10)) as process:
        for number in range(30):
            objects.write(f"raw/{number}.csv", ROWS)
            await process.work([Item(key=f"raw/{number}.csv")])
        assert (await process.parts.commits.current()).ledger.evicted > 0
    async with running(FaultyStore(objects), batches_settings(keep=10)) as process:
        assert await process.parts.listing.look() == 0


async def test_one_process_polls_and_outlives_an_outage() -> None:
    objects = Objects()
    lists: list[int] = []
    left = 3

    def listed(number: int, call: str) -> None:
        nonlocal left
        if call == "list":
            lists.append(number)
            left -= 1
            if left >= 0:
                raise Unavailable(message="away")

    tasks = []
    async with (
        running(FaultyStore(objects, lambda call, _: listed(0, call)), batches_settings()) as one,
        running(FaultyStore(objects, lambda call, _: listed(1, call)), batches_settings()) as other,
    ):
        for process in (one, other):
            lease = Lease(process.parts.store, POLL_LEASE, 60.0, time.time)
            tasks.append(asyncio.create_task(poll(process.parts.listing, lease, MeteringGate(None), 0.001)))
        objects.write("raw/a.csv", ROWS)
        async with asyncio.timeout(10.0):
            while "processed/a_summary.json" not in objects.objects:  # noqa: ASYNC110  # nothing tells a test of it
                await asyncio.sleep(0.001)
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    assert len(set(lists)) == 1
