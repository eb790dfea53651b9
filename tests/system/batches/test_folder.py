"""Workers on a folder, which are killed and whose disk is full in the middle.

The smallest example: the disk is full when a table is scored; it is scored when there is room again.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.system.batches.audit import Place, audit, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.soak import Outages, soak
from tests.system.batches.tables import tables
from tests.system.metering import receiver
from tests.system.server import ENTRYPOINT
from tests.system.small_disk import fill, words_for_a_megabyte

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scale import Scale

MEGABYTES = 64
WORKERS = 8


def test_every_table_once_although_the_disk_is_full(
    tmp_path: Path, scale: Scale, record_property: Callable[..., None]
) -> None:
    made, kills = tables(scale.of(60, 1000)), scale.of(8, 100)
    (tmp_path / "disk").mkdir()
    alone = words_for_a_megabyte(tmp_path / "disk", MEGABYTES)
    if not alone:
        pytest.skip("this machine lets nobody mount a disk in a namespace of one's own")
    # At its start each process lists the folder: so all work on the same tables, not only one.
    words = [f"Batches:Url=file://{tmp_path / 'disk'}", "Batches:Keep=10000", "Batches:Intake=notify"]
    program = [*alone, sys.executable, str(ENTRYPOINT)]
    with (
        receiver(tmp_path / "books") as books,
        container(
            tmp_path / "volume", words, billing=books.url, workers=WORKERS, program=program, ready=False
        ) as one,
    ):
        one.wait_for(200)
        disk = f"/proc/{one.process.pid}/root{tmp_path / 'disk'}"
        place, filling = Place(f"file://{disk}"), Path(disk, "filling")
        outages = Outages(lambda: fill(filling), filling.unlink, 1, scale.of(2.0, 10.0))
        soak(place, made, [one], kills, outages)
        seconds = asyncio.run(wait_until_published(place, len(made), scale.of(90.0, 300.0)))
        found, result = asyncio.run(audit(place, made))
        one.stop()
        counted = books.totals()
    assert (counted["BatchDetect"], counted["DataPoints"]) == (len(made), result.units)
    record_property(
        "shown",
        f"batches, {scale.name}: folder: {len(made)} tables, {kills} kills, {outages.count} full disk: "
        f"{found.files} files, {found.rows} rows, {result.units} units, {found.revision} commits; "
        f"{seconds:.0f} s after the last table",
    )
