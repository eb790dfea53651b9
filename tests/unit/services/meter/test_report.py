"""The report: per container, meter and day, in two formats.

The smallest example: a window that ends at 2026-02-28T23:59:59.999Z belongs to 2026-02-28.
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.record_schema import parse
from anomaly_container.services.meter.report import ReportFormat, parse_query
from anomaly_container.services.meter.store import ReceiverStore
from anomaly_container.web.errors import ShellError
from tests.support.meter_app import meter_app
from tests.support.usage_records import CONTAINER, NAMES, body, record_id, wire

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

Client = TestClient[web.Request, web.Application]

ENTIRE, LAST, CHANGE_POINT, POINTS = NAMES
SECOND = record_id(1000)
HEADERS = {"Ocp-Apim-Subscription-Key": "any"}
USAGE = [
    (1, (1, 0, 0, 1), datetime(2026, 2, 28, 23, 59, 59, 999000, UTC), CONTAINER),
    (2, (2, 0, 0, 2), datetime(2026, 3, 1, tzinfo=UTC), CONTAINER),
    (3, (4, 1, 0, 5), datetime(2026, 3, 1, 23, 59, tzinfo=UTC), CONTAINER),
    (4, (8, 0, 2, 9), datetime(2026, 3, 1, 12, tzinfo=UTC), SECOND),
    (5, (0, 0, 0, 0), datetime(2026, 3, 2, tzinfo=UTC), CONTAINER),
]


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, tmp_path: Path) -> Client:
    with closing(ReceiverStore.open(tmp_path / "usage.sqlite3")) as store:
        for number, quantities, end, container in USAGE:
            store.add(parse(body(wire(number, quantities, end, container))))
    return await aiohttp_client(meter_app(tmp_path))


async def report(client: Client, query: str = "") -> Any:  # noqa: ANN401  # it is JSON
    async with client.get(f"/metering/v1/report{query}", headers=HEADERS) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        return await response.json()


def rows(answer: Any, container: str, day: str) -> dict[str, int]:  # noqa: ANN401  # it is JSON
    return {
        row["meter"]: row["quantity"]
        for row in answer["usage"]
        if (row["containerId"], row["day"]) == (container, day)
    }


async def test_a_record_belongs_to_the_utc_day_of_its_windows_end(client: Client) -> None:
    answer = await report(client)
    assert rows(answer, CONTAINER, "2026-02-28") == {ENTIRE: 1, LAST: 0, CHANGE_POINT: 0, POINTS: 1}
    assert rows(answer, CONTAINER, "2026-03-01") == {ENTIRE: 6, LAST: 1, CHANGE_POINT: 0, POINTS: 7}
    assert rows(answer, SECOND, "2026-03-01") == {ENTIRE: 8, LAST: 0, CHANGE_POINT: 2, POINTS: 9}
    assert rows(answer, CONTAINER, "2026-03-02") == {ENTIRE: 0, LAST: 0, CHANGE_POINT: 0, POINTS: 0}
    assert len(answer["usage"]) == 16
    assert (answer["from"], answer["to"]) == (None, None)
    assert {total["name"]: total["quantity"] for total in answer["totals"]} == {
        ENTIRE: 15,
        LAST: 1,
        CHANGE_POINT: 2,
        POINTS: 17,
    }


@pytest.mark.parametrize(
    ("query", "days", "entire"),
    [
        ("?from=2026-03-01&to=2026-03-01", {"2026-03-01"}, 14),
        ("?from=2026-03-01", {"2026-03-01", "2026-03-02"}, 14),
        ("?to=2026-02-28", {"2026-02-28"}, 1),
        ("?from=2026-02-28&to=2026-03-02", {"2026-02-28", "2026-03-01", "2026-03-02"}, 15),
    ],
)
async def test_both_bounds_are_included(client: Client, query: str, days: set[str], entire: int) -> None:
    answer = await report(client, query)
    assert {row["day"] for row in answer["usage"]} == days
    assert {total["name"]: total["quantity"] for total in answer["totals"]}[ENTIRE] == entire


async def test_days_without_usage_give_an_empty_report(client: Client) -> None:
    assert await report(client, "?from=2027-01-01&to=2027-12-31") == {
        "from": "2027-01-01",
        "to": "2027-12-31",
        "usage": [],
        "totals": [],
    }


async def test_csv_has_the_same_rows(client: Client) -> None:
    answer = await report(client, "?from=2026-03-01")
    async with client.get("/metering/v1/report?from=2026-03-01&format=csv", headers=HEADERS) as response:
        assert (response.status, response.content_type) == (200, "text/csv")
        table = list(csv.DictReader(io.StringIO(await response.text(), newline="")))
    assert [row | {"quantity": int(row["quantity"])} for row in table] == answer["usage"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("application/json, text/csv", "json"),
        ("application/json;q=0.5, text/csv;q=0.6", "csv"),
        ("text/csv;q=0.1, */*;q=0.5", "json"),
        ("text/html, text/csv;q=nonsense", "json"),
        ("application/xml", "json"),
        (";;q=,,", "json"),
    ],
)
def test_the_client_chooses_by_accept(accept: str, expected: str) -> None:
    assert parse_query([], accept).format == expected


def test_the_query_is_believed_before_accept() -> None:
    assert parse_query([("format", "json")], "text/csv").format is ReportFormat.JSON


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("form", "csv")], "The query may have each of from, to, format once."),
        ([("from", "2026-03-01")] * 2, "The query may have each of from, to, format once."),
        ([("from", "")], "'from' must be a day like 2026-03-01."),
        ([("from", "20260301")], "'from' must be a day like 2026-03-01."),
        ([("from", "2026-W10-1")], "'from' must be a day like 2026-03-01."),
        ([("to", "2026-02-29")], "'to' must be a day like 2026-03-01."),
        ([("to", "2026-03-01T00:00:00Z")], "'to' must be a day like 2026-03-01."),
        ([("to", "\udcff")], "'to' must be a day like 2026-03-01."),
        ([("from", "2026-03-02"), ("to", "2026-03-01")], "'to' must not be before 'from'."),
        ([("format", "xml")], "'format' must be one of json, csv."),
        ([("format", "")], "'format' must be one of json, csv."),
    ],
)
def test_a_query_that_is_wrong_is_refused(pairs: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(ShellError) as refused:
        parse_query(pairs, "")
    assert (refused.value.status, refused.value.message) == (400, message)


async def test_a_refused_query_is_answered_in_json(client: Client) -> None:
    async with client.get("/metering/v1/report?from=%FF", headers=HEADERS) as response:
        assert response.status == 400
        assert json.loads(await response.text())["error"]["code"] == "400"
