"""The pages of a container without a connection."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.billing.disconnected import log_path
from anomaly_container.billing.record import Record
from anomaly_container.billing.usage_log import UsageLog, derive_key
from anomaly_container.web.app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings import Settings

Client = TestClient[web.Request, web.Application]
CONTAINER = "c0000000-0000-4000-8000-000000000000"
NAMES = ["EntireDetect", "LastDetect", "ChangePointDetect", "DataPoints"]


@pytest.fixture
def limits() -> dict[str, object]:
    return {"Metering": {"Mode": "disconnected"}}


def record(number: int, month: int, quantities: tuple[int, ...]) -> Record:
    day = datetime(2026, month, 5, tzinfo=UTC)
    return Record(f"{number}0000000-0000-4000-8000-000000000000", day, day, quantities)


def page(quantities: tuple[int, ...]) -> dict[str, object]:
    return {
        "apiType": "anomalydetector",
        "serviceName": "anomalydetector",
        "meters": [
            {"name": f"CognitiveServices.AnomalyDetector.Container.{name}", "quantity": quantity}
            for name, quantity in zip(NAMES, quantities, strict=True)
        ],
    }


@pytest.fixture
async def with_records(aiohttp_client: AiohttpClient, settings: Settings, metering: Path) -> Client:
    log = UsageLog(log_path(settings.billing, metering), derive_key("key"))
    log.append(record(1, 3, (1, 2, 3, 4)).to_wire(CONTAINER))
    log.append(record(2, 4, (10, 20, 30, 40)).to_wire(CONTAINER))
    return await aiohttp_client(create_app(settings, metering))


async def test_without_records_all_is_zero(client: Client) -> None:
    response = await client.get("/records/usage-logs/")
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert await response.json() == page((0, 0, 0, 0))


@pytest.mark.parametrize(
    ("path", "quantities"),
    [
        ("/records/usage-logs/", (11, 22, 33, 44)),
        ("/records/usage-logs", (11, 22, 33, 44)),
        ("/Records/Usage-Logs/", (11, 22, 33, 44)),
        ("/records/usage-logs/3/2026", (1, 2, 3, 4)),
        ("/records/usage-logs/03/2026", (1, 2, 3, 4)),
        ("/records/usage-logs/4/2026", (10, 20, 30, 40)),
        ("/records/usage-logs/5/2026", (0, 0, 0, 0)),
    ],
)
async def test_a_page_adds_up_its_time(with_records: Client, path: str, quantities: tuple[int, ...]) -> None:
    response = await with_records.get(path)
    assert response.status == 200
    assert await response.json() == page(quantities)


@pytest.mark.parametrize("path", ["13/2026", "0/2026", "x/2026", "3/26", "3/20260", "3/year"])
async def test_what_is_no_month_is_refused(with_records: Client, path: str) -> None:
    response = await with_records.get(f"/records/usage-logs/{path}")
    assert response.status == 400
    assert response.headers["x-ms-error-code"] == "400"
    assert (await response.json())["error"] == {
        "code": "400",
        "message": "The month must be a number from 1 to 12, and the year must have four digits.",
    }


class TestConnected:
    @pytest.fixture
    def limits(self) -> dict[str, object]:
        return {}

    @pytest.mark.parametrize("path", ["/records/usage-logs/", "/records/usage-logs/3/2026"])
    async def test_there_are_no_such_pages(self, client: Client, path: str) -> None:
        response = await client.get(path)
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "404"
