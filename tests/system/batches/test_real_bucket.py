"""Competing workers on a bucket of a real server of S3, with the trouble of test_bucket.py.

The smallest example: two workers commit at once; the server refuses one of the writes, and no batch is lost.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.cloud import ENVIRONMENT
from tests.system.batches.audit import Place, audit, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.events import REDELIVERED, sender
from tests.system.batches.link import link_to
from tests.system.batches.s3_server import s3_server
from tests.system.batches.soak import Outages, soak
from tests.system.batches.tables import tables
from tests.system.metering import receiver
from tests.system.outbound.versitygw_server import versitygw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.scale import Scale

CONTAINERS, WORKERS = 2, 4


@pytest.fixture(autouse=True)
def _as_in_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_every_table_once_from_a_real_bucket(
    tmp_path: Path, scale: Scale, record_property: Callable[..., None]
) -> None:
    made, kills = tables(scale.of(60, 200)), scale.of(8, 100)
    chance, again = random.Random(5), list[str]()  # noqa: S311  # no secret depends on it
    with ExitStack() as stack:
        served = stack.enter_context(versitygw(tmp_path / "objects"))
        queues = stack.enter_context(s3_server())
        link = stack.enter_context(link_to(served.endpoint))
        books = stack.enter_context(receiver(tmp_path / "books"))
        bucket, queue = served.bucket(), queues.queue()
        send = sender(queues, bucket, queue)
        direct, linked = (Place(f"s3://{bucket}", url) for url in (served.endpoint, link.url))
        words = [*linked.words, "Batches:Intake=queue", f"Batches:Queue={queue}", "Batches:AllowHttp=true"]
        started = [
            stack.enter_context(
                container(tmp_path / f"c{number}", words, ENVIRONMENT, billing=books.url, workers=WORKERS)
            )
            for number in range(CONTAINERS)
        ]

        def arrived(key: str) -> None:
            send(key)
            if chance.random() < REDELIVERED:
                send(key)
                again.append(key)

        outages = Outages(link.cut, link.mend, scale.of(1, 3), scale.of(2.0, 10.0))
        soak(direct, made, started, kills, outages, arrived)
        seconds = asyncio.run(wait_until_published(direct, len(made), scale.of(60.0, 300.0)))
        for one in started:
            one.wait_for(200)
            one.stop()
        found, result = asyncio.run(audit(direct, made))
        counted = books.totals()
    assert len(found.usage) == CONTAINERS
    assert (counted["BatchDetect"], counted["DataPoints"]) == (len(made), result.units)
    record_property(
        "shown",
        f"batches, {scale.name}: versitygw: {len(made)} tables, {len(again)} redelivered, {kills} kills, "
        f"{outages.count} outages: {found.files} files, {found.rows} rows, {result.units} units, "
        f"{found.revision} commits; {seconds:.0f} s after the last table",
    )
