"""The sinks that the settings name.

The smallest example: with `Streams:Sinks:audit:Type=file` and its path, a result that is put is a line there.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.destinations import open_delivery, topic_of_parked
from anomaly_container.services.streams.outputs import given_up
from anomaly_container.services.streams.settings import SECTION, StreamsSettings
from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import resolve, scheme_of
from tests.support.sink_outputs import broken, notice, result, results

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.outputs import Output

LICENCE = ("Eula=accept", "Billing=http://127.0.0.1:9", f"ApiKey={'a' * 32}")
KAFKA = "Streams:Source=kafka://127.0.0.1:1/orders,web-clicks"
TOPIC = ("Streams:Sinks:all:Type=topic", "Streams:Sinks:all:Topic=results")


def settings_of(*words: str) -> StreamsSettings:
    return resolve([*LICENCE, *words], {}, {}, scheme_of(StreamsSettings, SECTION)).settings


def delivery_of(*words: str) -> Delivery:
    return open_delivery(settings_of(*words), http=HttpClient(), clock=time.time)


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[Delivery]:
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def lines(path: Path) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


async def test_a_file_and_the_parking_of_a_file_source(tmp_path: Path) -> None:
    words = [
        "Streams:Source=/logs/web.log",
        f"Streams:StateDirectory={tmp_path / 'state'}",
        "Streams:Sinks:audit:Type=file",
        f"Streams:Sinks:audit:Path={tmp_path / 'flagged.jsonl'}",
        "Streams:Sinks:audit:What=anomalies",
        "Streams:Sinks:audit:MinScore=2",
        "Streams:Sinks:audit:Reason=path,response_time",
    ]
    outputs = [
        result(0),
        result(1, score=1.9),
        result(2, reason="hour"),
        result(3, anomalous=False),
        broken(4),
    ]
    async with running(delivery_of(*words)) as delivery:
        await delivery.put(outputs, {"orders-0": 5})
        assert await delivery.drained(["orders-0"], 20)
    assert [line["id"] for line in lines(tmp_path / "flagged.jsonl")] == ["orders-0-0"]
    [parked] = lines(tmp_path / "state" / "parked.jsonl")
    assert (parked["id"], parked["reason"], parked["value"]) == ("orders-0-4", "not-json", "ew==")


async def test_a_sink_of_each_type_is_made() -> None:
    arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
    types = {
        "topic": ("Topic=results",),
        "file": ("Path=/tmp/x.jsonl",),
        "webhook": ("Url=https://hooks.example/x", "Form=slack", "Secret=s"),
        "alertmanager": ("Url=https://alerts.example", "Labels=team=web"),
        "sns": (f"TopicArn={arn}",),
        "sqs": ("QueueUrl=https://sqs.eu-west-1.amazonaws.com/1/q",),
        "mail": ("Host=mail.example", "From=a@x.example", "To=b@x.example,c@x.example", "Tls=tls"),
    }
    words = [f"Streams:Sinks:to-{name}:Type={name}" for name in types]
    words += [f"Streams:Sinks:to-{name}:{given}" for name, settings in types.items() for given in settings]
    delivery = delivery_of(KAFKA, *words)
    assert set(delivery.queued) == {*(f"to-{name}" for name in types), "parking"}


async def test_a_queue_is_as_large_as_it_is_set() -> None:
    delivery = delivery_of(KAFKA, *TOPIC, "Streams:Sinks:all:Queue=2")
    await delivery.put(results(0, 2), {"orders-0": 2})
    assert not delivery.has_room


async def test_a_park_after_no_retry_is_parked_for_the_sink(tmp_path: Path) -> None:
    words = [
        "Streams:Source=/logs/web.log",
        f"Streams:StateDirectory={tmp_path}",
        "Streams:Sinks:hook:Type=webhook",
        "Streams:Sinks:hook:Url=http://127.0.0.1:1/",
        "Streams:Sinks:hook:Retries=0",
    ]
    async with running(delivery_of(*words)) as delivery:
        await delivery.put([notice(1)], {"group.anomalies-0": 2})
        assert await delivery.drained(["group.anomalies-0"], 20)
    [parked] = lines(tmp_path / "parked.jsonl")
    assert (parked["id"], parked["reason"]) == ("shop/anomalies/1", "sink:hook")


@pytest.mark.parametrize(
    ("output", "topic"),
    [
        (broken(1), "orders.parked"),
        (given_up(result(1, "web-clicks-12"), "hook", ""), "web-clicks.parked"),
        # An alarm has the partition of the internal topic: what is parked of it goes to the first.
        (given_up(notice(), "hook", ""), "orders.parked"),
    ],
)
def test_what_is_parked_goes_to_the_topic_of_its_own(output: Output, topic: str) -> None:
    assert topic_of_parked(settings_of(KAFKA))(output) == topic


def test_with_a_topic_of_its_own_all_is_parked_there() -> None:
    topic = topic_of_parked(settings_of(KAFKA, "Streams:Parked:Topic=bad"))
    assert topic(broken(1)) == topic(given_up(result(1, "web-clicks-12"), "hook", "")) == "bad"


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("sns", "TopicArn", "orders"),
        ("sns", "TopicArn", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        ("sqs", "QueueUrl", "http://192.0.2.1/1/q"),
        ("sqs", "QueueUrl", "https://user:hunter2@sqs.example/1/q"),
        ("sqs", "QueueUrl", "https://sqs.example/1/q?x=hunter2"),
    ],
)
def test_what_a_client_would_refuse_is_refused_before_it_is_made(kind: str, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_of(KAFKA, f"Streams:Sinks:one:Type={kind}", f"Streams:Sinks:one:{name}={value}")
    assert f"Streams:Sinks:<name>:{name}" in str(caught.value)
    assert "hunter2" not in str(caught.value)
