"""The flow of the original pipeline at a cloud of moto: producer, S3, SNS or SQS, and our outputs.

The smallest example: an object below `raw/` comes by SNS to `/notify`, and its copy is below `processed/`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.services.batches.intake import sqs
from tests.support.batches_app import batches_app, batches_settings
from tests.unit.services.batches.conftest import Client, finished, is_status, until

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from tests.support.cloud import Cloud

HEADER = "timestamp,temperature,humidity,pressure,wind_speed"
KEYS = ("raw/sensors_20260301T120000.csv", "raw/line 1/a+b=ü.csv", "raw/sensors_20260301T120100.csv")
CREATED = ["s3:ObjectCreated:*"]


def table(number: int) -> bytes:
    rows = "".join(
        f"2026-03-01T12:{row:02}:00.000000,{20 + (row * 7 + number) % 5},"
        f"{50 + row % 9},{1010 + row % 4},{9 + row % 3}\n"
        for row in range(60)
    )
    return f"{HEADER}\n{rows}2026-03-01T13:00:00.000000,99.5,52,1012,10\n".encode()


class Deployment:
    """A bucket with what sends its events, and the service that scores its objects."""

    def __init__(self, aws: Cloud, state: Path, start: AiohttpClient) -> None:
        self.aws = aws
        self.bucket = aws.bucket()
        self.state = state
        self._start = start
        self.s3 = aws.client("s3")

    async def served(self, *words: str) -> Client:
        settings = batches_settings(
            *(f"Batches:Endpoint={self.aws.endpoint}", "Batches:Mode=compat", "Host=127.0.0.1", *words),
            environ={"BUCKET_NAME": self.bucket},
        )
        client: Client = await self._start(batches_app(settings, self.state))
        await until(lambda: is_status(client, "/readyz", 200))
        return client

    async def produce(self) -> None:
        for number, key in enumerate(KEYS):
            await asyncio.to_thread(self.s3.put_object, Bucket=self.bucket, Key=key, Body=table(number))

    async def keys(self, prefix: str) -> list[str]:
        found = await asyncio.to_thread(self.s3.list_objects_v2, Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", ())]

    async def read(self, key: str) -> Any:  # noqa: ANN401  # JSON
        found = await asyncio.to_thread(self.s3.get_object, Bucket=self.bucket, Key=key)
        return json.loads(await asyncio.to_thread(found["Body"].read))

    async def check(self, client: Client) -> None:
        """Check every output, and every answer of the original."""
        await finished(client, len(KEYS))
        names = sorted(key.removeprefix("raw/").removesuffix(".csv") for key in KEYS)
        expected = sorted(f"processed/{name}{end}" for name in names for end in (".csv", "_summary.json"))
        assert sorted(await self.keys("processed/")) == expected

        answers = [
            await (await client.get(path)).json()
            for path in (
                *("/anomalies/recent?limit=1000", "/anomalies/summary", "/baseline/current", "/health"),
            )
        ]
        recent, summary, baseline, health = answers
        assert list(recent) == ["count", "anomalies"]
        flagged = summary["total_anomalies"]
        assert recent["count"] == len(recent["anomalies"]) == flagged >= len(KEYS)
        assert {row["source_file"] for row in recent["anomalies"]} == {
            f"processed/{name}.csv" for name in names
        }
        assert sum(row["temperature"] == 99.5 for row in recent["anomalies"]) == len(KEYS)
        assert list(recent["anomalies"][0])[:5] == HEADER.split(",")

        assert list(summary) == [
            *(
                "files_processed",
                "total_rows_scored",
                "total_anomalies",
                "overall_anomaly_rate",
                "most_recent",
            )
        ]
        assert (summary["files_processed"], summary["total_rows_scored"]) == (3, 183)
        assert summary["overall_anomaly_rate"] == round(flagged / 183, 4)
        times = [one["processed_at"] for one in summary["most_recent"]]
        assert times == sorted(times, reverse=True)
        for one in summary["most_recent"]:
            written = await self.read(one["output_key"].removesuffix(".csv") + "_summary.json")
            assert {name: written[name] for name in one} == one

        assert list(baseline) == ["last_updated", "channels"]
        assert list(baseline["channels"]) == HEADER.split(",")[1:]
        view = await self.read("state/baseline.json")
        assert baseline["last_updated"] == view.pop("last_updated")
        for name, channel in baseline["channels"].items():
            assert channel == {
                "observations": view[name]["count"],
                "mean": round(view[name]["mean"], 4),
                "std": round(view[name]["std"], 4),
                "baseline_mature": True,
            }
            assert channel["observations"] == 183
        assert (health["status"], health["bucket"]) == ("ok", self.bucket)
        assert await self.keys("state/inbox/") == []


@pytest.fixture
def deployment(aws: Cloud, tmp_path: Path, aiohttp_client: AiohttpClient) -> Deployment:
    return Deployment(aws, tmp_path, aiohttp_client)


async def test_by_sns(deployment: Deployment) -> None:
    topics = deployment.aws.client("sns")
    topic = topics.create_topic(Name=deployment.bucket)["TopicArn"]
    configuration = {"TopicConfigurations": [{"TopicArn": topic, "Events": CREATED}]}
    client = await deployment.served("Batches:Sns:Verify=false", f"Batches:Topics={topic}")
    url = str(client.make_url("/notify"))
    await asyncio.to_thread(topics.subscribe, TopicArn=topic, Protocol="http", Endpoint=url)
    # The bucket sends an event for everything that is written, our own outputs and notes among them.
    await asyncio.to_thread(
        deployment.s3.put_bucket_notification_configuration,
        Bucket=deployment.bucket,
        NotificationConfiguration=configuration,
    )
    await deployment.produce()
    await deployment.check(client)


async def test_by_a_queue(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs, "WAIT_SECONDS", 1)
    queues = deployment.aws.client("sqs")
    url = deployment.aws.queue()
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": CREATED}]}
    client = await deployment.served("Batches:Intake=queue", f"Batches:Queue={url}")
    await asyncio.to_thread(
        deployment.s3.put_bucket_notification_configuration,
        Bucket=deployment.bucket,
        NotificationConfiguration=configuration,
    )
    await deployment.produce()
    await deployment.check(client)

    async def is_empty() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = await asyncio.to_thread(queues.get_queue_attributes, QueueUrl=url, AttributeNames=names)
        return [found["Attributes"][name] for name in names] == ["0", "0"]

    await until(is_empty)


async def test_files_that_came_while_nothing_ran_are_found(deployment: Deployment) -> None:
    await deployment.produce()
    await deployment.check(await deployment.served())
