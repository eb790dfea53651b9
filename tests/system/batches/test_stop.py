"""A container that stops, or takes other workers, while it works: nothing is lost or doubled.

The smallest example: SIGTERM while tables wait; the container ends in time, and the next one scores the rest.
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.system.batches.audit import Place, audit, put, state_of, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.tables import tables
from tests.system.metering import receiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.batches.containers import Container

SECONDS = 60.0
SECONDS_TO_STOP = 10.0
"""What an orchestrator waits for by default."""
TABLES = 150


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_while_it_works(tmp_path: Path, stop: signal.Signals) -> None:
    made, place = tables(TABLES), Place(f"file://{tmp_path / 'store'}")
    asyncio.run(put(place, made))
    words = [*place.words, "Batches:PollSeconds=1"]
    with receiver(tmp_path / "books") as books:
        with container(tmp_path / "c", words, billing=books.url, workers=2) as one:
            asyncio.run(wait_until_it_works(place))
            assert one.stop(stop) < SECONDS_TO_STOP
        # What is committed when the signal comes is seen by readers, although nobody starts again.
        assert asyncio.run(unpublished(place)) == 0
        with container(tmp_path / "c", words, billing=books.url, workers=2):
            asyncio.run(wait_until_published(place, TABLES, SECONDS))
        found, result = asyncio.run(audit(place, made))
        counted = books.totals()
    assert len(found.usage) == 1
    assert (counted["BatchDetect"], counted["DataPoints"]) == (TABLES, result.units)


def test_other_workers_while_it_works(tmp_path: Path) -> None:
    made, place = tables(TABLES), Place(f"file://{tmp_path / 'store'}")
    asyncio.run(put(place, made))
    with (
        receiver(tmp_path / "books") as books,
        container(
            tmp_path / "c", [*place.words, "Batches:PollSeconds=1"], billing=books.url, workers=2
        ) as one,
    ):
        asyncio.run(wait_until_it_works(place))
        before = set(one.workers())
        one.process.send_signal(signal.SIGHUP)
        asyncio.run(wait_until_published(place, TABLES, SECONDS))
        one.wait_for(200)
        asyncio.run(wait_until_ended(one, before))
    asyncio.run(audit(place, made))


async def unpublished(place: Place) -> int:
    async with place.opened() as store:
        found = await state_of(store)
        assert found is not None
        return len(found.ledger.unpublished())


async def wait_until_ended(one: Container, workers: set[int]) -> None:
    """Wait until the master has none of these workers any longer."""
    async with asyncio.timeout(SECONDS):
        while workers & set(one.workers()):  # noqa: ASYNC110  # processes of another program
            await asyncio.sleep(0.05)


async def wait_until_it_works(place: Place) -> None:
    """Wait until the first commit; many tables wait then."""
    async with place.opened() as store, asyncio.timeout(SECONDS):
        while (state := await state_of(store)) is None or state.files == 0:  # noqa: ASYNC110  # another process's
            await asyncio.sleep(0.005)
    assert state.files < TABLES, "it was done before it was stopped"
