"""Two processes on a container of Azure, at the emulator, which are killed and whose store goes away.

The smallest example: the process that lists the container is killed; the other one takes its place.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.system.batches.audit import Place, audit, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.link import link_to
from tests.system.batches.soak import Outages, soak
from tests.system.batches.tables import tables
from tests.system.metering import receiver
from tests.system.outbound.azurite_server import ENVIRONMENT, azurite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.support.scale import Scale

WORKERS = 2


def test_every_table_once(
    tmp_path: Path, scale: Scale, record_property: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    made, kills = tables(scale.of(20, 100)), scale.of(4, 20)
    with azurite() as served, link_to(served.endpoint) as link, receiver(tmp_path / "books") as books:
        url = f"az://{served.container()}/plant"
        direct, linked = Place(url, served.endpoint), Place(url, link.url)
        words = [*linked.words, "Batches:PollSeconds=1"]
        with container(tmp_path / "c", words, ENVIRONMENT, billing=books.url, workers=WORKERS) as one:
            outages = Outages(link.cut, link.mend, 1, scale.of(2.0, 10.0))
            soak(direct, made, [one], kills, outages)
            seconds = asyncio.run(wait_until_published(direct, len(made), scale.of(90.0, 300.0)))
        found, result = asyncio.run(audit(direct, made))
        counted = books.totals()
    assert (counted["BatchDetect"], counted["DataPoints"]) == (len(made), result.units)
    record_property(
        "shown",
        f"batches, {scale.name}: azurite: {len(made)} tables, {kills} kills, {outages.count} outage: "
        f"{found.files} files, {found.rows} rows, {result.units} units, {found.revision} commits; "
        f"{seconds:.0f} s after the last table",
    )
