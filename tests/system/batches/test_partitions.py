"""Workers on a folder that is divided, which are killed: each partition is exact by itself.

The smallest example: `raw/line 0/a.csv` and `raw/line 1/a.csv` are scored by two baselines, and metered once
each.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import requests

from tests.system.batches.audit import Place, audit, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.soak import Outages, soak
from tests.system.batches.tables import tables
from tests.system.metering import receiver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.scale import Scale

WORKERS = 4
NAMES = ("line 0", "line 1")


def nothing() -> None:
    """Leave the store as it is."""


def test_each_partition_is_exact(tmp_path: Path, scale: Scale, record_property: Callable[..., None]) -> None:
    kills = scale.of(6, 40)
    every = tables(scale.of(60, 400))
    divided = {name: {key: data for key, data in every.items() if f"/{name}/" in key} for name in NAMES}
    made = {key: data for part in divided.values() for key, data in part.items()}
    url = f"file://{tmp_path / 'store'}"
    whole = Place(url)
    words = [*whole.words, "Batches:Partition=line", "Batches:PollSeconds=1"]
    with (
        receiver(tmp_path / "books") as books,
        container(tmp_path / "volume", words, billing=books.url, workers=WORKERS) as one,
    ):
        soak(whole, made, [one], kills, Outages(nothing, nothing, 0, 0.0))
        places = {name: Place(url, partition=name) for name in NAMES}
        seconds = 0.0
        for name, place in places.items():
            wait = wait_until_published(place, len(divided[name]), scale.of(60.0, 300.0))
            seconds += asyncio.run(wait)
        one.wait_for(200)
        totals = requests.get(f"{one.url}/anomalies/summary", timeout=5).json()
        one.stop()
        results = {name: asyncio.run(audit(place, divided[name])) for name, place in places.items()}
        counted = books.totals()
    units = sum(result.units for _, result in results.values())
    assert totals["files_processed"] == len(made)
    assert totals["total_rows_scored"] == sum(found.rows for found, _ in results.values())
    assert (counted["BatchDetect"], counted["DataPoints"]) == (len(made), units)
    assert results["line 0"][0].model != results["line 1"][0].model
    record_property(
        "shown",
        f"batches, {scale.name}: {len(NAMES)} partitions: {len(made)} tables, {kills} kills: "
        f"{units} units; {seconds:.0f} s after the last table",
    )
