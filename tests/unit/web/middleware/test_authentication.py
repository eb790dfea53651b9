"""Who is let in, and who is told why not."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.services.univariate.errors import PLATFORM_MESSAGES
from tests.support.counts import counts_of
from tests.support.payloads import DETECT_PATHS, ENTIRE_PATH, daily_body
from tests.support.univariate_app import univariate_app

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
KEY = "one-of-the-keys"
WITH_KEY = {"Ocp-Apim-Subscription-Key": KEY}
REFUSAL = {"error": {"code": "401", "message": PLATFORM_MESSAGES[401]}}
PAGES = ["/", "/status", "/ready"]
PROBES = ["/livez", "/readyz"]


@pytest.fixture
def limits(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "keys").write_text(f"another-key\n{KEY}\n")
    return {"Access": {"ApiKeys": str(tmp_path / "keys")}}


async def statuses(client: Client, paths: list[str], headers: dict[str, str]) -> set[int]:
    return {(await client.get(path, headers=headers)).status for path in paths}


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_a_query_needs_a_key(client: Client, path: str) -> None:
    for wrong in ({}, {"Ocp-Apim-Subscription-Key": "wrong"}, {"Authorization": "Bearer wrong"}):
        response = await client.post(path, data=daily_body(24), headers=wrong)
        assert response.status == 401
        assert await response.json() == REFUSAL
        assert response.content_type == "application/json"
        assert response.headers["x-ms-error-code"] == "401"
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        assert "apim-request-id" in response.headers
    for right in (WITH_KEY, {"Authorization": f"Bearer {KEY}"}):
        assert (await client.post(path, data=daily_body(24), headers=right)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/AnomalyDetector//v1.1/TimeSeries/changePoint/detect",
        "/%61nomalydetector/v1.1/timeseries/entire/detect",
        "/anomalydetector/v1.1/timeseries/entire/detect/",
        "/anomalydetector/v9/anything",
        "/anomalydetector",
    ],
)
async def test_no_spelling_leads_around_the_key(client: Client, path: str) -> None:
    for method in ("POST", "GET", "OPTIONS", "PUT"):
        assert (await client.request(method, path, data=daily_body(24))).status == 401


async def test_a_refusal_is_not_counted(client: Client, metering: Path) -> None:
    await client.post(ENTIRE_PATH, data=daily_body(24))
    assert set(counts_of(metering).values()) == {(0, 0, 0, 0)}
    await client.post(ENTIRE_PATH, data=daily_body(24), headers=WITH_KEY)
    assert set(counts_of(metering).values()) == {(1, 0, 0, 1)}


async def test_a_query_is_refused_before_its_body_comes(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode())
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401 ")
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_waits_to_be_told_is_told_after_its_key_was_looked_at(client: Client) -> None:
    body = daily_body(24)
    lines = (
        f"POST {ENTIRE_PATH} HTTP/1.1",
        "Host: x",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
    )
    for key, first, last in (("wrong", b"401", b"401"), (KEY, b"100", b"200")):
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write("\r\n".join([*lines, f"Ocp-Apim-Subscription-Key: {key}", "", ""]).encode())
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == first
            if first == b"100":
                writer.write(body)
                head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == last
        writer.close()
        await writer.wait_closed()


async def test_pages_and_probes_are_open(client: Client) -> None:
    assert await statuses(client, PAGES + PROBES, {}) == {200}
    assert (await client.get("/nowhere")).status == 404


@pytest.mark.parametrize(("pages", "closed"), [("open", []), ("key", PAGES), ("all", PAGES + PROBES)])
@pytest.mark.usefixtures("policy")
async def test_pages_and_probes_may_need_a_key(
    aiohttp_client: AiohttpClient, settings: CommonSettings, metering: Path, pages: str, closed: list[str]
) -> None:
    chosen = settings.model_copy(update={"access_pages": pages})
    client: Client = await aiohttp_client(univariate_app(chosen, metering))
    for path in PAGES + PROBES:
        assert (await client.get(path)).status == (401 if path in closed else 200)
    assert await statuses(client, PAGES + PROBES, WITH_KEY) == {200}


async def test_no_key_is_in_any_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (KEY, "wrong-key"):
        headers = {"Ocp-Apim-Subscription-Key": key}
        response = await client.post(ENTIRE_PATH, data=b"{", headers=headers)
        assert key not in await response.text()
        assert key not in json.dumps(dict(response.headers))
    assert KEY not in caplog.text
    assert "wrong-key" not in caplog.text
