"""An exception that nobody expected: one record for the operator, nothing of it for the client."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.services.univariate import engine
from tests.support.payloads import ENTIRE_PATH, daily_body

Client = TestClient[web.Request, web.Application]
SENTINEL = "31415.92653"


def fail(*_: object) -> None:
    message = f"could not convert {SENTINEL}"
    raise ZeroDivisionError(message)


@pytest.mark.parametrize("points", [24, 200])
async def test_an_unexpected_exception_is_logged_once_and_not_sent(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, points: int
) -> None:
    monkeypatch.setattr(engine, "respond", fail)
    response = await client.post(ENTIRE_PATH, data=daily_body(points))
    assert response.status == 500
    assert response.headers["x-ms-error-code"] == "500"
    assert (await response.json())["error"]["code"] == "500"
    body = await response.text()
    assert SENTINEL not in body
    assert "ZeroDivision" not in body
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    line = record.getMessage()
    assert response.headers["apim-request-id"] in line
    assert "ZeroDivisionError" in line
    assert "in fail" in line
    assert SENTINEL not in caplog.text
    assert (await client.get("/ready")).status == 200
