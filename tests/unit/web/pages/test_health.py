from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.policy import GRACE_ATTEMPTS, MESSAGES, ApiStatus, Standing
from anomaly_container.web.state import SHELL
from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from anomaly_container.metering.policy import PolicyByte

Client = TestClient[web.Request, web.Application]


async def test_status_says_the_key_is_valid(client: Client) -> None:
    response = await client.get("/status")
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert await response.json() == {
        "service": "anomalydetector",
        "apiStatus": "Valid",
        "apiStatusMessage": "Api Key is valid, no action needed.",
    }


async def test_ready_says_a_query_can_come(client: Client) -> None:
    response = await client.get("/ready")
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert await response.json() == {
        "service": "anomalydetector",
        "ready": "ready",
        "message": "Api Key is valid, no action needed.",
    }


async def test_the_home_page_links_only_to_pages_that_exist(client: Client) -> None:
    response = await client.get("/")
    assert response.status == 200
    assert response.content_type == "text/html"
    page = await response.text()
    links = re.findall(r'href="([^"]+)"', page)
    assert links
    for link in links:
        assert (await client.get(link)).status == 200
    operations = re.findall(r"<code>(/[^<]+)</code>", page)
    assert len(operations) == 3
    for operation in operations:
        assert (await client.post(operation)).status == 400


async def test_head_answers_without_a_body(client: Client) -> None:
    response = await client.head("/status")
    assert response.status == 200
    assert await response.read() == b""


@pytest.mark.parametrize("status", [status for status in ApiStatus if status is not ApiStatus.VALID])
async def test_what_is_wrong_is_named_on_every_page(
    client: Client, policy: PolicyByte, status: ApiStatus
) -> None:
    policy.write(Standing(status, GRACE_ATTEMPTS), 30)
    page = await client.get("/status")
    assert page.status == 200
    assert await page.json() == {
        "service": "anomalydetector",
        "apiStatus": status.value,
        "apiStatusMessage": MESSAGES[status],
    }
    ready = await client.get("/ready")
    assert ready.status == 503
    assert ready.headers.getall("Content-Type") == ["application/json"]
    assert await ready.json() == {
        "service": "anomalydetector",
        "ready": "notready",
        "message": MESSAGES[status],
    }
    readyz = await client.get("/readyz")
    assert readyz.status == 503
    assert await readyz.text() == f"not ready: {MESSAGES[status]}"


async def test_readiness_tells_when_to_look_again_where_waiting_helps(
    client: Client, policy: PolicyByte
) -> None:
    policy.write(Standing(ApiStatus.COULD_NOT_CONNECT, GRACE_ATTEMPTS), 30)
    assert (await client.get("/ready")).headers["Retry-After"] == "30"
    policy.write(Standing(ApiStatus.INVALID, 1), 30)
    assert "Retry-After" not in (await client.get("/ready")).headers


async def test_a_container_that_stops_is_not_ready_and_still_answers(client: Client) -> None:
    client.app[SHELL].draining.set()
    ready = await client.get("/ready")
    assert ready.status == 503
    assert await ready.json() == {
        "service": "anomalydetector",
        "ready": "notready",
        "message": "The container is stopping.",
    }
    readyz = await client.get("/readyz")
    assert readyz.status == 503
    assert await readyz.text() == "not ready: The container is stopping."
    assert (await client.get("/livez")).status == 200
    assert (await client.get("/status")).status == 200
    assert (await client.post(ENTIRE_PATH, data=daily_body(24))).status == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_probes_say_ok(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == 200
    assert response.content_type == "text/plain"
    assert await response.text() == "ok"
