"""An alarm in a real Alertmanager, a topic of SNS with a queue behind it, a mailbox, and a signed webhook.

The smallest example: five anomalies in fifteen minutes tell nobody anything, the sixth tells each of the four
once, and so does the end.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
import pytest

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.alarms import Alarms
from anomaly_container.services.streams.destinations import open_delivery
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.notices import State
from anomaly_container.services.streams.outcomes import outputs_of_outcomes
from anomaly_container.services.streams.results import Reason
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.cloud import ENVIRONMENT, Cloud, cloud
from tests.support.mailbox import Inbox, mail_server
from tests.support.until import until
from tests.support.webhook_receiver import SECRET, Receiver, listening
from tests.system.streams.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from anomaly_container.services.streams.alarms import Notice
    from anomaly_container.services.streams.delivery import Delivery
    from anomaly_container.services.streams.notices import Change
    from anomaly_container.services.streams.settings import StreamsSettings

MINUTE: Final = 60.0
PARTITION: Final = "anomaly-shop.anomalies-0"


class Places:
    """What the four have got."""

    def __init__(
        self, hook: Receiver, told: Receiver, inbox: Inbox, queue: tuple[Any, str], served: Alertmanager
    ) -> None:
        self.hook = hook
        self.told = told
        self.inbox = inbox
        self.queue = queue
        self.alertmanager = served
        self.from_queue: list[str] = []

    def states(self) -> dict[str, list[str]]:
        """Return the states that each was told, in their order; Alertmanager's as it told its own webhook."""
        self._fetch()
        posted = [orjson.loads(body) for _, body in self.hook.seen]
        notified = [orjson.loads(body) for _, body in self.told.seen]
        return {
            "webhook": [output["state"] for body in posted for output in body["outputs"]],
            "mail": [str(mail["Subject"]).partition(":")[0] for mail in self.inbox.mails],
            "sns": self.from_queue,
            "alertmanager": [{"firing": "ALARM", "resolved": "OK"}[body["status"]] for body in notified],
        }

    def _fetch(self) -> None:
        client, url = self.queue
        while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self.from_queue.append(orjson.loads(message["Body"])["state"])
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with cloud() as served:
        yield served


def subscribed(aws: Cloud) -> tuple[str, str]:
    """Make a FIFO topic with a FIFO queue behind it; return the ARN and the URL."""
    name = f"{uuid.uuid4().hex[:12]}.fifo"
    url = aws.client("sqs").create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = aws.client("sns").create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"]
    aws.client("sns").subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{name}",
        Attributes={"RawMessageDelivery": "true"},
    )
    return arn, url


@asynccontextmanager
async def everything(
    aws: Cloud, folder: Path, **more: str
) -> AsyncIterator[tuple[StreamsSettings, Delivery, Places]]:
    """Run all four, and a delivery to them."""
    inbox = Inbox()
    arn, url = subscribed(aws)
    async with listening() as hook, listening() as told:
        with alertmanager(folder, told.url) as served, mail_server(inbox) as port:
            words = {
                "Name": "shop",
                "Source": "/logs/web.log",
                "StateDirectory": str(folder / "state"),
                "Sinks:hook:Type": "webhook",
                "Sinks:hook:Url": hook.url,
                "Sinks:hook:Secret": SECRET,
                "Sinks:pager:Type": "alertmanager",
                "Sinks:pager:Url": served.url,
                "Sinks:phone:Type": "sns",
                "Sinks:phone:TopicArn": arn,
                "Sinks:phone:Endpoint": aws.endpoint,
                "Sinks:post:Type": "mail",
                "Sinks:post:Host": "127.0.0.1",
                "Sinks:post:Port": str(port),
                "Sinks:post:From": "alarms@shop.example",
                "Sinks:post:To": "ops@shop.example",
                **more,
            }
            settings = settings_of({f"Streams:{name}": value for name, value in words.items()})
            delivery = open_delivery(settings, http=HttpClient(), clock=time.time)
            task = asyncio.create_task(delivery.run())
            try:
                yield settings, delivery, Places(hook, told, inbox, (aws.client("sqs"), url), served)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


class Stream:
    """Anomalies one after the other, and what the alarm says of them to the sinks."""

    def __init__(self, settings: StreamsSettings, delivery: Delivery, start: float) -> None:
        self.alarms = Alarms("shop", settings.alarms, ZoneInfo("UTC"), link="http://127.0.0.1:8080/")
        self.start = start
        self._settings = settings
        self._delivery = delivery
        self._offset = 0

    async def anomaly(self, minute: float) -> None:
        at = self.start + minute * MINUTE
        reason = Reason("response_time", 0.9, "high", 900.0, 100.0)
        event = Flagged(f"web-{self._offset}", "web", self._offset, at, 2.5, (reason,))
        await self._deliver(self.alarms.flagged(event))

    async def reach(self, minute: float) -> None:
        await self._deliver(self.alarms.advance(self.start + minute * MINUTE))

    async def _deliver(self, outcomes: list[Change | Notice]) -> None:
        outputs = outputs_of_outcomes(outcomes, PARTITION, self._offset, self._settings)
        self._offset += 1
        await self._delivery.put(outputs, {PARTITION: self._offset})
        assert await self._delivery.drained([PARTITION], 20)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


async def test_one_message_at_six_none_at_five_and_one_at_the_end(aws: Cloud, tmp_path: Path) -> None:
    start = time.time() // MINUTE * MINUTE - 60 * MINUTE
    async with everything(aws, tmp_path) as (settings, delivery, places):
        stream = Stream(settings, delivery, start)
        for minute in range(5):
            await stream.anomaly(minute)
        assert await asyncio.to_thread(places.states) == {
            "webhook": [],
            "mail": [],
            "sns": [],
            "alertmanager": [],
        }
        await stream.anomaly(5)
        await stream.anomaly(5.5)
        await until(lambda: len(places.told.seen) == 1)
        assert set(map(tuple, (await asyncio.to_thread(places.states)).values())) == {("ALARM",)}
        assert places.hook.verified(time.time())["outputs"][0]["count"] == 6
        [alert] = await asyncio.to_thread(places.alertmanager.alerts, active="true")
        assert alert["labels"]["alertname"] == settings.alarms[0].name
        await stream.reach(40)
        await until(lambda: len(places.told.seen) == 2)
        assert set(map(tuple, (await asyncio.to_thread(places.states)).values())) == {("ALARM", "OK")}
        assert await asyncio.to_thread(places.alertmanager.alerts, active="true") == []
        ids = [output["id"] for _, body in places.hook.seen for output in orjson.loads(body)["outputs"]]
        mails = [mail["Message-ID"] for mail in places.inbox.mails]
    name = settings.alarms[0].name
    assert ids == [f"shop/{name}/1", f"shop/{name}/2"]
    assert mails == [f"<shop.{name}.1@shop.example>", f"<shop.{name}.2@shop.example>"]


async def test_in_maintenance_nobody_is_told(aws: Cloud, tmp_path: Path) -> None:
    start = time.time() // MINUTE * MINUTE - 60 * MINUTE
    since = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%MZ")
    async with everything(aws, tmp_path, **{"Alarm:Maintenance": f"{since}/PT1H"}) as (
        settings,
        delivery,
        places,
    ):
        stream = Stream(settings, delivery, start)
        for minute in range(9):
            await stream.anomaly(minute)
        name = settings.alarms[0].name
        assert stream.alarms.states[name] is State.ALARM
        await stream.reach(40)
        assert stream.alarms.states[name] is State.OK
        await asyncio.sleep(0.5)
        assert set(map(tuple, (await asyncio.to_thread(places.states)).values())) == {()}
