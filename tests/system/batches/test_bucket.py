"""Competing workers on one bucket: messages come again, workers are killed, the store goes away.

The smallest example: one table in the bucket and its event in the queue twice; the state has one batch.
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

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cloud import Cloud
    from tests.support.scale import Scale

CONTAINERS, WORKERS = 2, 4


@pytest.fixture(autouse=True)
def _as_in_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def with_queue(cloud: Cloud) -> tuple[str, str]:
    """Make a bucket whose new objects are told to a queue."""
    bucket, queue = cloud.bucket(), cloud.queue()
    arn = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    configuration = {
        "QueueConfigurations": [
            {
                "QueueArn": arn["Attributes"]["QueueArn"],
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/"}]}},
            }
        ]
    }
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration
    )
    return bucket, queue


def redelivery(cloud: Cloud, bucket: str, queue: str, sent: list[str]) -> Callable[[str], None]:
    """Return what sends the event of some objects again."""
    send, chance = sender(cloud, bucket, queue), random.Random(3)  # noqa: S311  # no secret depends on it

    def again(key: str) -> None:
        if chance.random() < REDELIVERED:
            send(key)
            sent.append(key)

    return again


def test_every_table_once_from_a_queue(
    tmp_path: Path, scale: Scale, record_property: Callable[..., None]
) -> None:
    made = tables(scale.of(60, 1000))
    kills, again = scale.of(8, 100), list[str]()
    with ExitStack() as stack:
        served = stack.enter_context(s3_server())
        link = stack.enter_context(link_to(served.endpoint))
        books = stack.enter_context(receiver(tmp_path / "books"))
        bucket, queue = with_queue(served)
        direct, linked = (Place(f"s3://{bucket}", url) for url in (served.endpoint, link.url))
        cut = queue.replace(served.endpoint, link.url)
        words = [*linked.words, "Batches:Intake=queue", f"Batches:Queue={cut}", "Batches:AllowHttp=true"]
        started = [
            stack.enter_context(
                container(tmp_path / f"c{number}", words, ENVIRONMENT, billing=books.url, workers=WORKERS)
            )
            for number in range(CONTAINERS)
        ]
        outages = Outages(link.cut, link.mend, scale.of(1, 3), scale.of(2.0, 10.0))
        soak(direct, made, started, kills, outages, redelivery(served, bucket, queue, again))
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
        f"batches, {scale.name}: moto: {len(made)} tables, {len(again)} redelivered, {kills} kills, "
        f"{outages.count} outages: {found.files} files, {found.rows} rows, {result.units} units, "
        f"{found.revision} commits; {seconds:.0f} s after the last table",
    )
