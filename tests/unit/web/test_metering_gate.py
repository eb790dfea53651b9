"""Queries are refused when the metering endpoint has it so; pages stay up."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.policy import GRACE_ATTEMPTS, MESSAGES, ApiStatus, Standing
from tests.support.counts import counts_of
from tests.support.payloads import DETECT_PATHS, ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.metering.policy import PolicyByte

Client = TestClient[web.Request, web.Application]

NO_CREDIT = [
    ApiStatus.INVALID,
    ApiStatus.MISMATCH,
    ApiStatus.OUT_OF_QUOTA,
    ApiStatus.CONTAINER_USE_UNAUTHORIZED,
]
IN_DOUBT = [ApiStatus.COULD_NOT_CONNECT, ApiStatus.BILLING_ENDPOINT_BUSY, ApiStatus.UNKNOWN]
PAGES = ["/", "/status", "/livez"]


@pytest.mark.parametrize("status", NO_CREDIT)
@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_without_credit_no_query_is_answered(
    client: Client, policy: PolicyByte, status: ApiStatus, path: str
) -> None:
    policy.write(Standing(status, 1), 600)
    response = await client.post(path, data=daily_body(24))
    assert response.status == 403
    assert "Retry-After" not in response.headers
    assert response.headers["x-ms-error-code"] == "NoCredit"
    assert response.content_type == "application/json"
    assert await response.json() == {"error": {"code": "NoCredit", "message": MESSAGES[status]}}


@pytest.mark.parametrize("status", IN_DOUBT)
async def test_after_ten_failures_no_query_is_answered(
    client: Client, policy: PolicyByte, status: ApiStatus
) -> None:
    policy.write(Standing(status, GRACE_ATTEMPTS), 41.2)
    response = await client.post(ENTIRE_PATH, data=daily_body(24))
    assert response.status == 503
    assert response.headers["Retry-After"] in {"41", "42"}
    assert response.headers["x-ms-error-code"] == "CouldNotConnect"
    assert await response.json() == {"error": {"code": "CouldNotConnect", "message": MESSAGES[status]}}


@pytest.mark.parametrize("status", IN_DOUBT)
async def test_nine_failures_change_nothing_for_queries(
    client: Client, policy: PolicyByte, status: ApiStatus
) -> None:
    policy.write(Standing(status, GRACE_ATTEMPTS - 1), 600)
    assert (await client.post(ENTIRE_PATH, data=daily_body(24))).status == 200
    ready = await client.get("/ready")
    assert ready.status == 200
    assert (await ready.json())["message"] == MESSAGES[status]


async def test_a_success_opens_the_gate_at_once(client: Client, policy: PolicyByte) -> None:
    for standing, wanted in [
        (Standing(ApiStatus.INVALID, 1), 403),
        (Standing(ApiStatus.VALID), 200),
        (Standing(ApiStatus.COULD_NOT_CONNECT, GRACE_ATTEMPTS), 503),
        (Standing(ApiStatus.VALID), 200),
    ]:
        policy.write(standing, 600)
        assert (await client.post(ENTIRE_PATH, data=daily_body(24))).status == wanted


async def test_what_is_refused_is_not_counted(client: Client, policy: PolicyByte, metering: Path) -> None:
    policy.write(Standing(ApiStatus.INVALID, 1), 600)
    await client.post(ENTIRE_PATH, data=daily_body(24))
    assert list(counts_of(metering).values()) == [(0, 0, 0, 0)]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [*NO_CREDIT, *IN_DOUBT])
async def test_pages_stay_up(client: Client, policy: PolicyByte, status: ApiStatus, page: str) -> None:
    policy.write(Standing(status, GRACE_ATTEMPTS), 600)
    assert (await client.get(page)).status == 200


async def test_a_large_body_is_refused_before_it_is_read(client: Client, policy: PolicyByte) -> None:
    policy.write(Standing(ApiStatus.INVALID, 1), 600)
    response = await client.post(ENTIRE_PATH, data=io.BytesIO(b"[" * 3_000_000))
    assert response.status == 403
    assert (await response.json())["error"]["code"] == "NoCredit"
