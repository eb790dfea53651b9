"""A file of the home page is read as a query is let in, and nothing of it is kept or counted."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.policy import GRACE_ATTEMPTS, ApiStatus, PolicyByte, Standing
from anomaly_container.services.univariate import series_page as series_file
from anomaly_container.services.univariate.contract.series_file import SeriesFile, read_series_file
from anomaly_container.services.univariate.engine import MAX_FILES
from tests.support.counts import counts_of
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.univariate_app import univariate_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.services.univariate.contract.series_file import ReadOptions
    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
PATH = "/ui/series"
KEY = {"Ocp-Apim-Subscription-Key": "a"}
LIMIT = 200_000
MAX_WAITING = 2
ORIGIN = "https://board.example.com"
TYPES = ["application/octet-stream", "text/csv", "application/json", "multipart/form-data", "nonsense", ""]


@pytest.fixture
def limits(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "keys").write_text("a\n")
    access = {"ApiKeys": str(tmp_path / "keys"), "Cors:Origins": ORIGIN}
    return {"Access": access, "Limits": {"MaxBodyBytes": LIMIT, "MaxWaiting": MAX_WAITING}}


async def post(client: Client, body: bytes, query: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
    response = await client.post(f"{PATH}{query}", data=body, headers=KEY | headers)
    assert response.content_type == "application/json"
    return response.status, await response.json()


async def test_a_table_by_hand(client: Client) -> None:
    table = b"day;visits\n2026-03-01;7\n2026-03-02;\n2026-03-03;8.5\n"
    status, answer = await post(client, table)
    assert status == 200
    [series] = answer.pop("series")
    assert series == {
        "name": None,
        "granularity": "daily",
        "customInterval": 2,
        "missing": 0,
        "withoutValue": 1,
        "points": [
            {"value": 7.0, "timestamp": "2026-03-01T00:00:00Z", "written": "2026-03-01"},
            {"value": 8.5, "timestamp": "2026-03-03T00:00:00Z", "written": "2026-03-03"},
        ],
    }
    assert answer["fields"] == {}
    assert isinstance(answer["notes"], list)


async def test_a_request_by_hand(client: Client) -> None:
    body = json.dumps(
        {
            "Granularity": "hourly",
            "CustomInterval": 2,
            "Sensitivity": 85,
            "Other": 1,
            "Series": [
                {"Timestamp": "2026-03-01T00:00:00+01:00", "Value": "7"},
                {"Timestamp": "2026-03-01T04:00:00.5+01:00", "Value": 8},
            ],
        }
    )
    _, answer = await post(client, body.encode())
    assert answer["fields"] == {"granularity": "hourly", "customInterval": 2, "sensitivity": 85}
    [series] = answer["series"]
    assert (series["granularity"], series["customInterval"]) == ("hourly", 2)
    assert [(point["timestamp"], point["value"]) for point in series["points"]] == [
        ("2026-02-28T23:00:00.000Z", 7.0),
        ("2026-03-01T03:00:00.500Z", 8.0),
    ]


async def test_missing_points_are_counted_on_the_grid(client: Client) -> None:
    days = "\n".join(f"2026-03-{day:02d},{day}" for day in range(1, 29) if day not in {5, 6, 20})
    _, answer = await post(client, f"day,visits\n{days}\n".encode())
    [series] = answer["series"]
    assert (series["granularity"], series["missing"]) == ("daily", 3)


async def test_points_without_times_have_none(client: Client) -> None:
    body = json.dumps({"series": [{"value": value} for value in range(12)]}).encode()
    _, answer = await post(client, body)
    [series] = answer["series"]
    assert series["granularity"] == "none"
    assert series["points"][1] == {"value": 1.0}


async def test_what_cannot_be_read_is_said_with_its_line_and_without_its_value(client: Client) -> None:
    status, answer = await post(client, b"time,value\n2026-03-01,1\n2026-03-02,27182x\n2026-03-03,3\n")
    assert status == 400
    assert (answer["code"], answer["line"]) == ("UnreadableSeriesFile", 3)
    assert "27182" not in json.dumps(answer)


async def test_a_wrong_parameter_is_refused_before_the_body_comes(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = [f"POST {PATH}?sort=maybe HTTP/1.1", "Host: x", f"Content-Length: {10 * LIMIT}"]
    writer.write("\r\n".join([*head, "Ocp-Apim-Subscription-Key: a", "", ""]).encode())
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"x-ms-error-code: UnreadableSeriesFile" in answer
    writer.close()
    await writer.wait_closed()


async def test_an_option_that_helps_is_named_as_the_parameter_it_is(client: Client) -> None:
    table = b"time,pump,fan\n2026-03-01,1,5\n2026-03-02,2.5,5.5\n2026-03-03,2,6\n"
    status, answer = await post(client, table)
    assert status == 400
    assert answer["option"] == "valueColumn"
    assert set(answer["choices"]) >= {"pump", "fan"}
    status, answer = await post(client, table, "?valueColumn=fan")
    assert status == 200
    status, answer = await post(client, table, "?valueColumn=all")
    assert [one["name"] for one in answer["series"]] == ["pump", "fan"]


@pytest.mark.parametrize("query", ["?dateOrder=sideways", "?sort=perhaps", "?noTimes=1"])
async def test_a_parameter_that_is_not_understood_is_refused(client: Client, query: str) -> None:
    status, answer = await post(client, b"time,value\n2026-03-01,1\n", query)
    assert status == 400
    assert str(answer["message"]).startswith("The parameter '")


@pytest.mark.parametrize("path", [PATH, "/UI//Series/", "/%75i/series"])
async def test_it_needs_a_key_as_queries_do(client: Client, path: str) -> None:
    for wrong in ({}, {"Ocp-Apim-Subscription-Key": "wrong"}):
        response = await client.post(path, data=b"1\n2\n", headers=wrong)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert (await client.post(path, data=daily_body(24), headers=KEY)).status == 200
    assert (await client.get(path, headers=KEY)).status == 405


async def test_it_is_closed_where_queries_are(client: Client, policy: PolicyByte) -> None:
    policy.write(Standing(ApiStatus.INVALID, 1), 600)
    status, answer = await post(client, daily_body(24))
    assert (status, answer["error"]["code"]) == (403, "NoCredit")
    policy.write(Standing(ApiStatus.COULD_NOT_CONNECT, GRACE_ATTEMPTS), 41)
    assert (await post(client, daily_body(24)))[0] == 503


async def test_nothing_is_counted(client: Client, metering: Path) -> None:
    assert (await post(client, daily_body(2000)))[0] == 200
    assert set(counts_of(metering).values()) == {(0, 0, 0, 0)}
    await client.post(ENTIRE_PATH, data=daily_body(24), headers=KEY)
    assert set(counts_of(metering).values()) == {(1, 0, 0, 1)}


async def test_pages_of_other_origins_are_let_in_by_name(client: Client) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Origin": ORIGIN}
    assert (await client.options(PATH, headers=preflight)).status == 204
    for origin, wanted in ((ORIGIN, ORIGIN), ("https://evil.example.com", None)):
        response = await client.post(PATH, data=daily_body(24), headers=KEY | {"Origin": origin})
        assert response.headers.get("Access-Control-Allow-Origin") == wanted


@pytest.mark.parametrize("content_type", TYPES)
async def test_the_type_of_the_body_does_not_matter(client: Client, content_type: str) -> None:
    assert (await post(client, daily_body(24), **{"Content-Type": content_type}))[0] == 200


async def test_a_body_beyond_the_limit_is_refused_as_sent_and_inflated(client: Client) -> None:
    assert (await post(client, b"1\n" * LIMIT))[0] == 413
    bomb = gzip.compress(b"1\n" * LIMIT)
    assert (await post(client, bomb, **{"Content-Encoding": "gzip"}))[0] == 413
    small = gzip.compress(daily_body(24))
    assert (await post(client, small, **{"Content-Encoding": "gzip"}))[0] == 200


class Door:
    """Stands before every reading until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.threads: set[str] = set()

    def read(self, raw: bytes, options: ReadOptions) -> SeriesFile:
        self.threads.add(threading.current_thread().name)
        self.reached.set()
        assert self.opened.wait(timeout=30)
        return read_series_file(raw, options)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    door = Door()
    monkeypatch.setattr(series_file, "read_series_file", door.read)
    yield door
    door.opened.set()


async def test_large_files_wait_in_the_queue_of_queries_and_probes_go_past_them(
    client: Client, door: Door
) -> None:
    large = daily_body(2000)
    tasks = [asyncio.create_task(post(client, large)) for _ in range(1 + MAX_WAITING)]
    await asyncio.to_thread(door.reached.wait, 30)
    async with asyncio.timeout(10):
        assert (await client.get("/livez")).status == 200
        refused = await client.post(PATH, data=large, headers=KEY)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
        assert (await client.post(ENTIRE_PATH, data=daily_body(2000), headers=KEY)).status == 429
    door.opened.set()
    assert [status for status, _ in await asyncio.gather(*tasks)] == [200] * (1 + MAX_WAITING)
    assert threading.current_thread().name not in door.threads


@pytest.mark.usefixtures("policy")
async def test_files_leave_the_queue_to_queries(
    aiohttp_client: AiohttpClient, settings: CommonSettings, metering: Path, door: Door
) -> None:
    ample = settings.model_copy(update={"max_waiting": 64})
    client: Client = await aiohttp_client(univariate_app(ample, metering))
    large = daily_body(2000)
    tasks = [asyncio.create_task(post(client, large)) for _ in range(MAX_FILES)]
    await asyncio.to_thread(door.reached.wait, 30)
    async with asyncio.timeout(10):
        assert (await post(client, large))[0] == 429
    query = asyncio.create_task(client.post(ENTIRE_PATH, data=large, headers=KEY))
    door.opened.set()
    assert [status for status, _ in await asyncio.gather(*tasks)] == [200] * MAX_FILES
    assert (await query).status == 200


async def test_a_file_of_more_cells_than_the_page_takes_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = b"time,value\n2026-03-01,1\n2026-03-02,2\n2026-03-03,3\n"
    monkeypatch.setattr(series_file, "MAX_CELLS", 8)
    assert (await post(client, rows))[0] == 200
    monkeypatch.setattr(series_file, "MAX_CELLS", 7)
    status, answer = await post(client, rows)
    assert (status, answer["code"]) == (400, "UnreadableSeriesFile")
    assert answer["message"] == "has more than 7 cells, which the command line can read"
    assert gc.isenabled()


async def test_no_bytes_make_it_fail_and_none_are_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chance = random.Random(11)  # noqa: S311  # bytes to test with, no secret
    seeds = [
        daily_body(24),
        b"time,value\n2026-03-01,27182\n2026-03-02,2\n",
        b'[{"\\ud800": 1}]',
        b"\xff\xfe1\x00",
    ]
    bodies = [chance.randbytes(chance.randrange(300)) for _ in range(150)]
    for _ in range(350):
        mutant = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(mutant))
            mutant[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            mutant = mutant or bytearray(b"\0")
        bodies.append(bytes(mutant))
    queries = ["", "?valueColumn=all", "?sort=true", "?noTimes=true", "?by=1", "?timestampColumn=2"]
    for body in bodies:
        status, answer = await post(client, body, chance.choice(queries))
        assert status in {200, 400}
        if status == 400:
            assert answer["code"]
            assert answer["message"]
    assert "27182" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b'{"series": [1, null, {}]}',
        b'{"series": {}}',
        b'{"series": [{"value": 1e400}]}',
        b'{"series": [{"value": 1, "timestamp": "\\ud800"}], "granularity": "\\ud800"}',
        b'{"series": [{"value": 1}], "granularity": ["daily"], "customInterval": 1e30}',
        b'[{"\\ud800": 1, "timestamp": "2026-03-01"}, {"\\ud800": 2, "timestamp": "2026-03-02"}]',
        b"time,value\n" + b"9" * 5000 + b",1\n",
        b"a,b\n\0,\0\n",
        "time,value\n\uff12\uff10\uff12\uff16-03-01,\uff11\n".encode(),
    ],
    ids=range(11),
)
async def test_hostile_files(client: Client, body: bytes) -> None:
    status, answer = await post(client, body)
    assert status in {200, 400}
    assert "NaN" not in json.dumps(answer)
