"""Alerts in a real Alertmanager.

The smallest example: the notice that an alarm began is one active alert, and that of its end leaves none.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from aiohttp import web

from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.streams.sinks.alertmanager import REPEAT_SECONDS, AlertmanagerSink
from anomaly_container.services.streams.sinks.sink import SinkFailed, SinkRefused
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.sink_outputs import notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiohttp.test_utils import TestServer
    from pytest_aiohttp.plugin import AiohttpServer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


def sink(
    url: str, *, stream: str = "shop", clock: Callable[[], float] = time.time, **labels: str
) -> AlertmanagerSink:
    return AlertmanagerSink(HttpClient(), url, stream=stream, labels=labels, clock=clock, seconds=5.0)


def at(seconds: float) -> str:
    return datetime.fromtimestamp(time.time() + seconds, UTC).isoformat().replace("+00:00", "Z")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def alerts(served: Alertmanager, stream: str) -> list[dict[str, Any]]:
    return await asyncio.to_thread(served.alerts, filter=f'stream="{stream}"', active="true")


async def test_an_alarm_is_one_alert_until_its_end(served: Alertmanager) -> None:
    alarms = sink(served.url, stream="first")
    begun = at(-60)
    for _ in range(2):
        await alarms.send([notice(1, since=begun)])
    [alert] = await alerts(served, "first")
    assert alert["labels"] == {"alertname": "anomalies", "stream": "first", "severity": "warning"}
    assert moment(alert["startsAt"]) == pytest.approx(moment(begun), abs=0.001)
    assert 170 < moment(alert["endsAt"]) - time.time() <= 180
    assert alert["annotations"]["summary"].startswith("ALARM: anomalies of shop since ")
    assert alert["annotations"]["description"].startswith("High Outlier orders-0-7 at ")
    assert alert["generatorURL"] == "http://127.0.0.1:8080/"
    await alarms.send([notice(2, state="OK", since=at(-1))])
    assert await alerts(served, "first") == []


async def test_what_lasts_is_repeated_and_then_no_longer(served: Alertmanager) -> None:
    ahead = [0.0]
    alarms = sink(served.url, stream="second", clock=lambda: time.time() + ahead[0])
    assert alarms.repeat_seconds == REPEAT_SECONDS == 60
    await alarms.send([notice(1, since=at(-5))])
    [first] = await alerts(served, "second")
    ahead[0] = 60.0
    await alarms.send([])
    [second] = await alerts(served, "second")
    assert moment(second["endsAt"]) - moment(first["endsAt"]) == pytest.approx(60, abs=2)
    assert second["fingerprint"] == first["fingerprint"]
    await alarms.send([notice(2, state="OK", since=at(-1))])
    await alarms.send([])
    assert await alerts(served, "second") == []


async def test_a_member_that_takes_over_repeats_what_began_before(served: Alertmanager) -> None:
    successor = sink(served.url, stream="third")
    successor.hold([notice(1, since=at(-30))])
    await successor.send([])
    assert len(await alerts(served, "third")) == 1
    successor.hold([])
    await successor.send([])
    # It ends by itself 180 s after the last repetition.
    assert len(await alerts(served, "third")) == 1
    successor.hold([notice(1, since=at(-30))])
    await successor.send([notice(2, state="OK", since=at(-1))])
    assert await alerts(served, "third") == []


async def test_labels_are_added_and_may_set_the_severity(served: Alertmanager) -> None:
    await sink(served.url, stream="fourth", severity="critical", team="web").send([notice(1, since=at(-5))])
    [alert] = await alerts(served, "fourth")
    assert alert["labels"] == {
        "alertname": "anomalies",
        "stream": "fourth",
        "severity": "critical",
        "team": "web",
    }


async def test_it_refuses_what_is_no_alert(served: Alertmanager) -> None:
    labels = {"not a label": "x"}
    with pytest.raises(SinkRefused):
        await AlertmanagerSink(HttpClient(), served.url, stream="x", labels=labels, clock=time.time).send(
            [notice(1)]
        )


async def test_an_end_whose_request_failed_is_sent_again_with_its_beginning(
    aiohttp_server: AiohttpServer,
) -> None:
    seen: list[Any] = []
    statuses = [200, 503, 200, 200]

    async def take(request: web.Request) -> web.Response:
        seen.append(await request.json())
        return web.Response(status=statuses.pop(0), headers={"Retry-After": "3"})

    app = web.Application()
    app.router.add_post("/api/v2/alerts", take)
    server: TestServer = await aiohttp_server(app)
    alarms = sink(str(server.make_url("/")), clock=lambda: 1_767_225_600.0)
    begun, ended = notice(1), notice(2, state="OK", since="2026-01-01T00:20:00Z")
    await alarms.send([begun])
    with pytest.raises(SinkFailed) as caught:
        await alarms.send([ended])
    assert caught.value.retry_after == 3.0
    await alarms.send([ended])
    await alarms.send([])
    assert [(alert["startsAt"], alert["endsAt"]) for [alert] in seen] == [
        ("2026-01-01T00:10:00Z", "2026-01-01T00:03:00.000Z"),
        ("2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"),
        ("2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"),
    ]


async def test_one_that_is_away_is_tried_again() -> None:
    with pytest.raises(SinkFailed):
        await sink("http://127.0.0.1:1").send([notice(1)])


def test_it_is_the_real_one(served: Alertmanager) -> None:
    answer = requests.get(f"{served.url}/api/v2/status", timeout=5).json()
    assert answer["versionInfo"]["version"]
