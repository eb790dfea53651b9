"""What /metrics counts of the requests that a server answers and refuses."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

import pytest
from prometheus_client.parser import text_string_to_metric_families

from anomaly_container.metering.policy import ApiStatus, PolicyByte, Standing
from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]
    Figures: TypeAlias = dict[tuple[str, frozenset[tuple[str, str]]], float]

CHANGE_PATH = ENTIRE_PATH.replace("entire", "changepoint")
SENTINEL = "31415.926535"


async def figures(client: Client) -> Figures:
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(await answer.text())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


async def growth(client: Client, name: str, before: Figures, **labels: str) -> float:
    key = (name, frozenset(labels.items()))
    return (await figures(client))[key] - before.get(key, 0.0)


async def test_an_answer_is_counted_with_its_points_and_stages(client: Client) -> None:
    before = await figures(client)
    for _ in range(3):
        assert (await client.post(ENTIRE_PATH, data=daily_body(24))).status == 200
    labels = {"route": ENTIRE_PATH, "method": "POST", "status": "200"}
    assert await growth(client, "anomaly_requests_total", before, **labels) == 3
    assert await growth(client, "anomaly_points_total", before, operation="entire") == 72
    assert await growth(client, "anomaly_request_duration_seconds_count", before, route=ENTIRE_PATH) == 3
    for stage in ("parse", "detect", "render"):
        assert await growth(client, "anomaly_stage_duration_seconds_count", before, stage=stage) == 3
        assert await growth(client, "anomaly_stage_duration_seconds_sum", before, stage=stage) > 0.0


@pytest.mark.parametrize(("spike", "direction"), [(900, "positive"), (-900, "negative")])
async def test_what_is_found_is_counted_by_direction(client: Client, spike: int, direction: str) -> None:
    before = await figures(client)
    points = [{"value": 10 + index % 2} for index in range(30)]
    points[20]["value"] = spike
    answer = await client.post(ENTIRE_PATH, json={"series": points, "sensitivity": 90})
    found = sum((await answer.json())[f"is{direction.capitalize()}Anomaly"])
    assert found >= 1
    assert await growth(client, "anomaly_found_total", before, direction=direction) == found


async def test_change_points_are_counted(client: Client) -> None:
    before = await figures(client)
    points = [
        {"timestamp": f"2026-01-{day:02}T00:00:00Z", "value": 1 + 50 * (day > 15)} for day in range(1, 31)
    ]
    body = {"granularity": "daily", "series": points, "stableTrendWindow": 3, "period": 0}
    answer = await client.post(CHANGE_PATH, json=body)
    found = sum((await answer.json())["isChangePoint"])
    assert found >= 1
    assert await growth(client, "anomaly_found_total", before, direction="change") == found


async def test_refusals_are_counted_by_their_code(client: Client) -> None:
    before = await figures(client)
    await client.post(ENTIRE_PATH, data=b"{}")
    await client.get("/a/path/that/nobody/serves")
    await client.get("/another")
    assert await growth(client, "anomaly_rejections_total", before, reason="RequiredSeries") == 1
    assert await growth(client, "anomaly_rejections_total", before, reason="404") == 2
    labels = {"route": "unknown", "method": "GET", "status": "404"}
    assert await growth(client, "anomaly_requests_total", before, **labels) == 2


async def test_a_path_in_another_spelling_is_the_same_route(client: Client) -> None:
    before = await figures(client)
    await client.post("/AnomalyDetector//v1.1/TimeSeries/Entire/Detect/", data=daily_body(24))
    labels = {"route": ENTIRE_PATH, "method": "POST", "status": "200"}
    assert await growth(client, "anomaly_requests_total", before, **labels) == 1


async def test_the_scrape_itself_is_the_one_request_in_flight(client: Client) -> None:
    await client.post(ENTIRE_PATH, data=daily_body(24))
    async with asyncio.timeout(5):
        # The client has its answer a moment before the server has done with the request.
        while (found := await figures(client))["anomaly_requests_in_flight", frozenset()] != 1:
            pass
    assert found["anomaly_requests_waiting", frozenset()] == 0


async def test_the_state_of_metering_is_looked_up(client: Client, policy: PolicyByte) -> None:
    found = await figures(client)
    assert found["anomaly_metering_serving", frozenset()] == 1
    assert 0 <= found["anomaly_metering_heartbeat_age_seconds", frozenset()] < 60
    assert found["anomaly_metering_unsent_records", frozenset()] == 0
    policy.write(Standing(ApiStatus.INVALID, 1), 600)
    assert (await figures(client))["anomaly_metering_serving", frozenset()] == 0


async def test_no_value_and_no_key_is_in_it(client: Client) -> None:
    await client.post(ENTIRE_PATH, data=daily_body(24).replace(b"1", SENTINEL.encode()))
    await client.post(f"/{SENTINEL}", headers={"Ocp-Apim-Subscription-Key": SENTINEL})
    answer = await client.get("/metrics")
    assert SENTINEL not in await answer.text()


def test_before_the_first_success_the_age_is_infinite(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("metering")
    policy = PolicyByte(folder)
    assert policy.last_success() is None
    policy.write(Standing(ApiStatus.COULD_NOT_CONNECT, 1), 1)
    assert policy.last_success() is None
    policy.write(Standing(ApiStatus.VALID), 1)
    assert abs((policy.last_success() or 0.0) - time.time()) < 5
    policy.close()
