"""The routes of streams, on a file in a folder.

The smallest example: `GET /ping` is 200 and empty once the model is loaded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering import directory
from anomaly_container.metering.counter_files import read_counter
from anomaly_container.metering.usage import Usage
from anomaly_container.services.streams.usage import STREAM_EVENTS
from tests.support.streams_app import lines_of_rows, model_of_numbers, streams_app, streams_settings

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

Client = TestClient[web.Request, web.Application]
Start = Callable[..., Awaitable[Client]]
ROWS = np.random.default_rng(3).normal(size=(300, 3))
ROWS[[50, 120, 250]] = 40.0
CSV = {"Content-Type": "text/csv"}
SECONDS = 30.0


async def when(client: Client, path: str, holds: Callable[[int, bytes], bool]) -> bytes:
    """Ask until an answer is as wanted, and return its body."""
    async with asyncio.timeout(SECONDS):
        while True:
            answer = await client.get(path)
            body = await answer.read()
            if holds(answer.status, body):
                return body
            await asyncio.sleep(0.02)


async def ready(client: Client) -> None:
    """Wait until the service is ready."""
    await when(client, "/readyz", lambda status, _: status == 200)


async def state_when(client: Client, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the state is as wanted, and return it."""
    body = await when(client, "/streams/v1/state", lambda _, body: holds(json.loads(body)))
    state: dict[str, Any] = json.loads(body)
    return state


async def scored(client: Client, events: int) -> dict[str, Any]:
    """Wait until so many events are scored, and return the state."""
    return await state_when(client, lambda state: len(state["results"]) >= events)


@pytest.fixture
def start(aiohttp_client: AiohttpClient, tmp_path: Path) -> Start:
    """Return what starts the service with a model and 300 events, three of them far away."""

    async def started(*words: str, usage: Usage | None = None) -> Client:
        model_of_numbers().save(tmp_path / "model")
        client: Client = await aiohttp_client(
            streams_app(tmp_path, *words, lines=lines_of_rows(ROWS), usage=usage)
        )
        await ready(client)
        return client

    return started


async def test_ping_is_empty_and_200(start: Start) -> None:
    answer = await (await start()).get("/ping")
    assert (answer.status, await answer.read()) == (200, b"")


async def test_without_a_model_everything_that_needs_one_is_503(
    aiohttp_client: AiohttpClient, tmp_path: Path
) -> None:
    client = await aiohttp_client(streams_app(tmp_path))
    for answer in (await client.get("/ping"), await client.post("/invocations", data=b"1,2,3", headers=CSV)):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert await answer.json() == {"code": "ServiceUnavailable", "message": "No model is loaded."}
    state = await state_when(client, lambda state: state["reason"] != "The model is being loaded.")
    assert state["reason"] == "The model file cannot be read: No such file or directory."
    assert (state["model"], state["lag"], state["results"], state["features"]) == (None, None, [], [])
    assert await (await client.get("/streams/v1/anomalies")).json() == {"anomalies": []}
    assert await (await client.get("/streams/v1/reports")).json() == {"reports": []}
    model_of_numbers().save(tmp_path / "model")
    await ready(client)
    assert (await client.get("/ping")).status == 200


async def test_rows_are_scored_and_counted_and_leave_no_trace_in_the_stream(
    start: Start, tmp_path: Path
) -> None:
    folder = directory.prepare(streams_settings(f"Mounts:Output={tmp_path}"))
    usage = Usage(folder, [STREAM_EVENTS])
    client = await start(usage=usage)
    before = (await scored(client, len(ROWS)))["partitions"]
    answer = await client.post("/invocations", data=b"0,0,0\n50,50,50", headers=CSV)
    scores = [one["score"] for one in (await answer.json())["scores"]]
    assert answer.status == 200
    assert scores == model_of_numbers().scores(np.array([[0.0, 0, 0], [50, 50, 50]])).tolist()
    refused = await client.post("/invocations", data=b"1,2", headers=CSV)
    assert refused.status == 400
    assert (await scored(client, len(ROWS)))["partitions"] == before
    [counter] = folder.glob("*.counter")
    assert read_counter(counter)[STREAM_EVENTS] == 2
    usage.close()


async def test_explained_scores_have_the_threshold_of_the_stream(start: Start) -> None:
    client = await start()
    state = await scored(client, len(ROWS))
    answer = await client.post("/invocations?explain=true", data=b"50,0,0", headers=CSV)
    [found] = (await answer.json())["scores"]
    assert found["threshold"] == state["model"]["threshold"] == model_of_numbers().threshold().level
    assert found["result"] == "High Outlier"
    assert found["reasons"][0]["feature"] == "a"
    assert set(found["reasons"][0]) == {"feature", "share", "direction"}


async def test_events_have_reasons_with_values_unless_the_settings_say_no(start: Start) -> None:
    client = await start()
    asked = {"events": [{"time": 1_767_225_600, "a": 50, "b": 0, "c": 0}]}
    answer = await client.post("/invocations?explain=true", json=asked)
    [found] = (await answer.json())["scores"]
    assert found["reasons"][0]["value"] == 50.0


async def test_scaled_rows_are_taken_as_they_are(start: Start) -> None:
    client = await start("Invocations:Scaled=true")
    answer = await client.post("/invocations", data=b"0.5,0,-1", headers=CSV)
    wanted = model_of_numbers().scores(np.array([[0.5, 0, -1]]), scaled=True)[0]
    assert (await answer.json())["scores"] == [{"score": wanted}]


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (("POST", "/invocations", b"1,2", CSV), 400, "ValidationError"),
        (("POST", "/invocations?explain=yes", b"1,2,3", CSV), 400, "ValidationError"),
        (("POST", "/invocations", b"1,2,3", {"Content-Type": "text/plain"}), 415, "ValidationError"),
        (("POST", "/invocations", b"1,2,3", {**CSV, "Accept": "image/png"}), 406, "ValidationError"),
        (("POST", "/invocations", b"1,2,3\n" * 2000, CSV), 413, "RequestTooLarge"),
        (("GET", "/invocations", None, {}), 405, "MethodNotAllowed"),
        (("GET", "/nowhere", None, {}), 404, "NotFound"),
        (("GET", "/streams/v1/anomalies?limit=0", None, {}), 400, "ValidationError"),
        (("GET", "/streams/v1/anomalies?limit=%C2%B2", None, {}), 400, "ValidationError"),
        (("GET", "/streams/v1/anomalies?since=yesterday", None, {}), 400, "ValidationError"),
        (("GET", "/streams/v1/reports/2026-01-01T00:30Z", None, {}), 400, "ValidationError"),
        (("GET", "/streams/v1/reports/none", None, {}), 400, "ValidationError"),
        (("GET", "/streams/v1/reports/2020-01-01T00Z", None, {}), 404, "NotFound"),
        (("GET", "/streams/v1/reports/2026-01-01T00Z?format=pdf", None, {}), 400, "ValidationError"),
    ],
)  # fmt: skip
async def test_every_error_has_the_shape_of_sagemaker(
    start: Start, asked: tuple[str, str, bytes | None, dict[str, str]], status: int, code: str
) -> None:
    client = await start("Limits:MaxBodyBytes=10000")
    method, path, data, headers = asked
    answer = await client.request(method, path, data=data, headers=headers)
    content = await answer.json()
    assert (answer.status, content["code"], answer.headers["x-amzn-ErrorType"]) == (status, code, code)
    assert set(content) == {"code", "message"}


async def test_a_key_is_asked_for_but_not_by_ping(start: Start, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("key-of-a-client\n")
    client = await start(f"Access:ApiKeys={keys}")
    for path in ("/streams/v1/state", "/streams/v1/anomalies", "/streams/v1/reports"):
        answer = await client.get(path)
        assert (answer.status, (await answer.json())["code"]) == (401, "AccessDenied")
    assert (await client.post("/endpoints/any/invocations", data=b"1,2,3", headers=CSV)).status == 401
    given = {**CSV, "Ocp-Apim-Subscription-Key": "key-of-a-client"}
    assert (await client.post("/endpoints/any/invocations", data=b"1,2,3", headers=given)).status == 200
    assert (await client.get("/ping")).status == 200


async def test_the_state_shows_how_far_the_stream_is(start: Start) -> None:
    client = await start()
    state = await scored(client, len(ROWS))
    [partition] = state["partitions"]
    assert (state["stream"], state["source"], state["topics"]) == ("stream", "file", [])
    assert (partition["partition"], partition["time"]) == ("web.log", "2026-01-01T04:59:00Z")
    assert state["lag"] == {"waiting": 0, "seconds": 0.0}
    assert [one["feature"] for one in state["features"]] == ["a", "b", "c"]
    assert all(one["missing"] == 0.0 and not one["changed"] for one in state["features"])
    assert state["alarms"]["anomalies"] == "OK"
    assert state["model"]["columns"] == ["a", "b", "c"]
    assert abs(state["drift"]) < 1


async def test_anomalies_come_newest_first(start: Start) -> None:
    client = await start()
    await scored(client, len(ROWS))
    found = (await (await client.get("/streams/v1/anomalies")).json())["anomalies"]
    times = [one["time"] for one in found]
    assert times == sorted(times, reverse=True)
    assert {"web.log-51", "web.log-121", "web.log-251"} <= {one["id"] for one in found}
    query = {"since": "2026-01-01T03:00:00Z", "limit": "1"}
    [newest] = (await (await client.get("/streams/v1/anomalies", params=query)).json())["anomalies"]
    assert newest == found[0]
    query = {"since": found[0]["time"]}
    assert (await (await client.get("/streams/v1/anomalies", params=query)).json())["anomalies"] == []


async def test_reports_in_all_forms(start: Start) -> None:
    client = await start()
    await scored(client, len(ROWS))
    wanted = "/streams/v1/reports"
    body = await when(client, wanted, lambda _, body: len(json.loads(body)["reports"]) >= 4)
    hours = json.loads(body)["reports"]
    assert hours[-1] == {"hour": "2026-01-01T00:00:00Z"}
    for hour in ("2026-01-01T00Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"):
        report = await (await client.get(f"/streams/v1/reports/{hour.replace('+', '%2B')}")).json()
        assert report["events"] == 60
    for form, kind, begin in (
        ("html", "text/html", "<!DOCTYPE html>"),
        ("csv", "text/csv", ""),
        ("svg", "image/svg+xml", "<svg"),
    ):
        answer = await client.get(f"/streams/v1/reports/2026-01-01T00Z?format={form}")
        assert (answer.status, answer.content_type) == (200, kind)
        assert (await answer.text()).lower().startswith(begin.lower())
        assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
