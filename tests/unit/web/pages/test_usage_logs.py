"""The pages of a container without a connection."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.log_sender import log_path
from anomaly_container.metering.usage_log import UsageLog, derive_key, read_records
from anomaly_container.metering.usage_record import Record
from anomaly_container.web.page_thread import MAX_WAITING
from anomaly_container.web.pages import usage_logs as usage_log_pages
from tests.support.univariate_app import univariate_app
from tests.support.usage_records import amounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
CONTAINER = "c0000000-0000-4000-8000-000000000000"
NAMES = ["EntireDetect", "LastDetect", "ChangePointDetect", "DataPoints"]


@pytest.fixture
def limits() -> dict[str, object]:
    return {"Metering": {"Mode": "disconnected"}}


def record(number: int, month: int, quantities: tuple[int, ...]) -> Record:
    day = datetime(2026, month, 5, tzinfo=UTC)
    return Record(f"{number}0000000-0000-4000-8000-000000000000", day, day, amounts(quantities))


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
def log(settings: CommonSettings, metering: Path) -> Path:
    return log_path(settings.billing, metering)


@pytest.fixture
async def with_records(
    aiohttp_client: AiohttpClient, settings: CommonSettings, metering: Path, log: Path
) -> Client:
    usage = UsageLog(log, derive_key("key"))
    usage.append(record(1, 3, (1, 2, 3, 4)).to_wire(CONTAINER))
    usage.append(record(2, 4, (10, 20, 30, 40)).to_wire(CONTAINER))
    return await aiohttp_client(univariate_app(settings, metering))


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


def rewrite(log: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    before = log.read_bytes()
    log.write_bytes(b"".join(change(before.splitlines(keepends=True))))
    assert log.read_bytes() != before


def replace_by_a_folder(log: Path) -> None:
    log.unlink()
    log.mkdir()


def changed(whole: list[bytes]) -> list[bytes]:
    return [whole[0].replace(b'"quantity":3', b'"quantity":4'), *whole[1:]]


DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int]] = {
    "no JSON": (lambda whole: [*whole, b"31415.92653\n"], 3),
    "no record": (lambda whole: [whole[0], b'{"record":{},"hmac":""}\n'], 2),
    "changed": (changed, 1),
    "taken out": (lambda whole: whole[1:], 1),
    "moved": (lambda whole: whole[::-1], 1),
    "torn in the middle": (lambda whole: [whole[0][:40], b"\n", whole[1]], 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("path", ["/records/usage-logs/", "/records/usage-logs/3/2026"])
async def test_a_damaged_log_is_named_and_not_added_up(
    with_records: Client, log: Path, path: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    inflict, line = DAMAGES[damage]
    rewrite(log, inflict)
    response = await with_records.get(path)
    assert response.status == 503
    assert response.headers["x-ms-error-code"] == "UsageLogDamaged"
    assert (await response.json()) == {
        "error": {"code": "UsageLogDamaged", "message": f"Line {line} of the usage log is broken."}
    }
    assert caplog.text == ""


async def test_a_last_line_that_a_crash_tore_was_never_accepted(with_records: Client, log: Path) -> None:
    rewrite(log, lambda whole: [*whole[:-1], whole[-1][:-1]])
    response = await with_records.get("/records/usage-logs/")
    assert response.status == 200
    assert await response.json() == page((1, 2, 3, 4))


async def test_a_log_that_cannot_be_read_is_said_so(with_records: Client, log: Path) -> None:
    replace_by_a_folder(log)
    response = await with_records.get("/records/usage-logs/")
    assert response.status == 503
    assert (await response.json())["error"] == {
        "code": "UsageLogUnreadable",
        "message": "The usage log cannot be read.",
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


@pytest.fixture(params=["pipe", "/dev/zero"])
def endless(request: pytest.FixtureRequest, log: Path) -> None:
    """Something that does not end in the place of the log."""
    if request.param == "pipe":
        os.mkfifo(log)
    else:
        log.symlink_to(request.param)


@pytest.mark.usefixtures("endless")
async def test_a_pipe_or_a_device_in_the_place_of_the_log_is_refused(client: Client) -> None:
    async with asyncio.timeout(10):
        response = await client.get("/records/usage-logs/")
    assert response.status == 503
    assert response.headers["x-ms-error-code"] == "UsageLogUnreadable"


async def test_a_log_beyond_its_bound_is_not_read(
    with_records: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_log_pages, "MAX_LOG_BYTES", 100)
    assert (await with_records.get("/records/usage-logs/")).status == 503


async def test_one_is_read_at_a_time_and_a_few_wait(
    with_records: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most, may_end = 0, 0, threading.Event()
    read = read_records

    def slow(path: Path, key: bytes) -> object:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        assert may_end.wait(timeout=30)
        at_once -= 1
        return read(path, key)

    monkeypatch.setattr(usage_log_pages, "read_records", slow)
    asked = [asyncio.create_task(with_records.get("/records/usage-logs/")) for _ in range(1 + MAX_WAITING)]
    await asyncio.sleep(0.3)
    refused = await with_records.get("/records/usage-logs/")
    assert refused.status == 429
    assert (await with_records.get("/livez")).status == 200
    may_end.set()
    assert [(await task).status for task in asked] == [200] * (1 + MAX_WAITING)
    assert most == 1
