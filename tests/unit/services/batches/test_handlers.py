"""The routes of batches: what they answer key for key, what they refuse, and what they need.

The smallest example: before the first file, `/anomalies/summary` says `No processed files yet.`
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.services.batches import resources
from anomaly_container.services.batches.keys import STATE, batch_id, key_id
from tests.unit.services.batches.conftest import KEY, finished, is_status, no_note, notify, until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.faulty_store import FaultyStore
    from tests.support.sns_sender import Sender
    from tests.unit.services.batches.conftest import Client, Start

HEADER = "timestamp,temperature,humidity,pressure,wind_speed"
TABLE = f"""{HEADER}
2026-03-01T00:00:00,20,50,1010,9
2026-03-01T00:01:00,21,51,1011,10
2026-03-01T00:02:00,22,52,1012,
2026-03-01T00:03:00,23,53,1013,inf
""".encode()
QUERIES = (
    *(
        "/anomalies/recent",
        "/anomalies/summary",
        "/baseline/current",
        "/batches",
        "/batches/0123456789abcdef",
    ),
    *("/batches/0123456789abcdef/rows", "/deadletters"),
)
MICROSECONDS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}"


async def answered(client: Client, path: str, status: int = 200) -> Any:  # noqa: ANN401  # JSON
    answer = await client.get(path)
    assert (answer.status, answer.content_type) == (status, "application/json"), await answer.text()
    return await answer.json()


async def has(client: Client, name: str, least: int) -> bool:
    """Return whether a list has so many entries."""
    return len((await answered(client, f"/{name}?limit=1000"))[name]) >= least


async def test_nothing_yet(start: Start) -> None:
    client = await start()
    assert await answered(client, "/anomalies/summary") == {"message": "No processed files yet."}
    assert await answered(client, "/anomalies/recent") == {"count": 0, "anomalies": []}
    assert await answered(client, "/baseline/current") == {"last_updated": None, "channels": {}}
    batches = await answered(client, "/batches")
    assert (batches["batches"], batches["working"], batches["next"]) == ([], [], None)
    assert await answered(client, "/deadletters") == {"deadletters": [], "next": None}


async def test_health_is_that_of_the_original(start: Start) -> None:
    content = await answered(await start(), "/health")
    assert list(content) == ["status", "bucket", "timestamp"]
    assert (content["status"], content["bucket"]) == ("ok", "sensors")
    assert re.fullmatch(MICROSECONDS, content["timestamp"])


async def test_a_file_in_every_answer_of_the_original(
    start: Start, store: FaultyStore, sender: Sender
) -> None:
    client = await start("Mode=compat")
    store.shared.write("raw/a b+ü.csv", TABLE)
    assert await notify(client, sender.notification("raw%2Fa+b%2B%C3%BC.csv")) == (200, {"status": "ok"})
    await finished(client, 1)

    recent = await answered(client, "/anomalies/recent")
    assert list(recent) == ["count", "anomalies"]
    assert recent["count"] == len(recent["anomalies"]) >= 1
    channels = HEADER.split(",")[1:]
    scores = [name for channel in channels for name in (f"{channel}_zscore", f"{channel}_zscore_flag")]
    row = recent["anomalies"][0]
    assert list(row) == [
        *(*HEADER.split(","), *scores),
        *("if_label", "if_score", "if_flag", "anomaly", "source_file"),
    ]
    assert row["source_file"] == "processed/a b+ü.csv"
    assert (row["anomaly"], row["if_flag"], row["if_label"]) == (True, True, -1)
    assert row["temperature"] in {20, 21, 22, 23}
    assert row["temperature_zscore"] is row["temperature_zscore_flag"] is None

    summary = await answered(client, "/anomalies/summary")
    [batch] = summary.pop("most_recent")
    assert summary == {
        "files_processed": 1,
        "total_rows_scored": 4,
        "total_anomalies": recent["count"],
        "overall_anomaly_rate": recent["count"] / 4,
    }
    assert re.fullmatch(MICROSECONDS, batch.pop("processed_at"))
    assert batch == {
        "source_key": "raw/a b+ü.csv",
        "output_key": "processed/a b+ü.csv",
        "total_rows": 4,
        "anomaly_count": recent["count"],
        "anomaly_rate": recent["count"] / 4,
        "baseline_observation_counts": {"temperature": 4, "humidity": 4, "pressure": 4, "wind_speed": 2},
    }

    baseline = await answered(client, "/baseline/current")
    assert re.fullmatch(MICROSECONDS, baseline.pop("last_updated"))
    # 20 to 23: the mean of the squared distances from 21.5 is 1.25.
    regular = {"observations": 4, "std": 1.118, "baseline_mature": False}
    assert baseline == {
        "channels": {
            "temperature": regular | {"mean": 21.5},
            "humidity": regular | {"mean": 51.5},
            "pressure": regular | {"mean": 1011.5},
            "wind_speed": {"observations": 2, "mean": 9.5, "std": 0.5, "baseline_mature": False},
        }
    }


async def test_an_infinite_cell_is_null(start: Start, store: FaultyStore) -> None:
    client = await start()
    header = b"x,anomaly\n"
    store.shared.write("processed/a.csv", header + b"inf,True\n-inf,True\nNaN,True\n1e999,True\n2,False\n")
    content = await answered(client, "/anomalies/recent")
    assert [row["x"] for row in content["anomalies"]] == [None] * 4


async def test_recent_reads_the_ten_tables_with_the_greatest_keys(start: Start, store: FaultyStore) -> None:
    client = await start()
    for number in range(12):
        rows = "".join(f"{number},{row},True\n{number},{row},False\n" for row in range(3))
        store.shared.write(f"processed/{number:02}.csv", f"file,row,anomaly\n{rows}".encode())
        store.shared.write(f"processed/{number:02}_summary.json", b"{}")
    store.shared.write("processed/z.txt", b"anomaly\nTrue\n")
    content = await answered(client, "/anomalies/recent?limit=1000")
    assert content["count"] == 30
    assert [(row["file"], row["row"]) for row in content["anomalies"]] == [
        (number, row) for number in range(11, 1, -1) for row in range(3)
    ]
    content = await answered(client, "/anomalies/recent?limit=4")
    assert [(row["file"], row["row"]) for row in content["anomalies"]] == [(11, 0), (11, 1), (11, 2), (10, 0)]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "", "1.0", "1e2", "٣", "99999999999999999999"])
@pytest.mark.parametrize("path", ["/anomalies/recent", "/batches", "/deadletters"])
async def test_a_limit_out_of_range_is_422(start: Start, path: str, limit: str) -> None:
    content = await answered(await start(), f"{path}?limit={limit}", 422)
    assert content["error"]["code"] == "InvalidLimit"
    assert "1000" in content["error"]["message"]


async def test_pages_follow_each_other(start: Start, store: FaultyStore) -> None:
    client = await start("Intake=poll", "PollSeconds=1")
    for number in range(5):
        store.shared.write(f"raw/{number}.csv", TABLE)
        store.shared.write(f"raw/bad{number}.csv", b"")
    await finished(client, 5)
    await until(lambda: has(client, "deadletters", 5))
    for name in ("batches", "deadletters"):
        every = (await answered(client, f"/{name}?limit=1000"))[name]
        assert len({one["id"] for one in every}) == 5
        seen, page = [], await answered(client, f"/{name}?limit=2")
        while page["next"]:
            assert page["next"] == page[name][-1]["id"]
            seen += page[name]
            page = await answered(client, f"/{name}?limit=2&before={page['next']}")
        assert seen + page[name] == every
        assert (await answered(client, f"/{name}?before=ffffffffffffffff"))[name] == []


async def test_one_batch_and_its_rows(start: Start, store: FaultyStore, sender: Sender) -> None:
    client = await start("Columns=temperature,wind_speed")
    etag = store.shared.write("raw/x.csv", TABLE)
    await notify(client, sender.notification("raw/x.csv"))
    await finished(client, 1)
    name = batch_id("raw/x.csv", etag)
    batch = await answered(client, f"/batches/{name}")
    assert (
        batch.items()
        >= {
            "id": name,
            "key": "raw/x.csv",
            "etag": etag,
            "state": "published",
            "rows": 4,
            "output_key": "processed/x.csv",
            "summary_key": "processed/x_summary.json",
        }.items()
    )
    content = await answered(client, f"/batches/{name}/rows?channel=wind_speed")
    assert content == {
        "id": name,
        "channel": "wind_speed",
        "rows": [
            {"row": 0, "time": "2026-03-01T00:00:00", "value": 9.0, "flag": False},
            {"row": 1, "time": "2026-03-01T00:01:00", "value": 10.0, "flag": False},
            {"row": 2, "time": "2026-03-01T00:02:00", "value": None, "flag": False},
            {"row": 3, "time": "2026-03-01T00:03:00", "value": None, "flag": False},
        ],
    }
    assert (await answered(client, f"/batches/{name}/rows"))["channel"] == "temperature"
    assert (await answered(client, f"/batches/{name}/rows?channel=none"))["rows"] == []
    few = (await answered(client, f"/batches/{name}/rows?channel=temperature&limit=3"))["rows"]
    assert [row["value"] for row in few] == [20.0, 23.0]
    assert (await answered(client, f"/batches/{name}/rows?limit=10001", 422))["error"][
        "code"
    ] == "InvalidLimit"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/batches/0123456789abcdef", "UnknownBatch"),
        ("/batches/0123456789abcdef/rows", "UnknownBatch"),
        ("/batches/%00%0a", "UnknownBatch"),
    ],
)
async def test_an_unknown_batch_is_404(start: Start, path: str, code: str) -> None:
    assert (await answered(await start(), path, 404))["error"]["code"] == code


async def test_an_unknown_dead_letter_is_404(start: Start) -> None:
    answer = await (await start()).post("/deadletters/0123456789abcdef/retry")
    assert (answer.status, (await answer.json())["error"]["code"]) == (404, "UnknownDeadLetter")


async def test_a_dead_letter_is_retried(start: Start, store: FaultyStore, sender: Sender) -> None:
    client = await start()
    await notify(client, sender.notification("raw/late.csv"))
    await until(lambda: has(client, "deadletters", 1))
    letters = (await answered(client, "/deadletters"))["deadletters"]
    assert (letters[0]["id"], letters[0]["key"], letters[0]["reason"]) == (
        key_id("raw/late.csv"),
        "raw/late.csv",
        "gone",
    )
    store.shared.write("raw/late.csv", TABLE)
    answer = await client.post(f"/deadletters/{letters[0]['id']}/retry")
    assert (answer.status, await answer.json()) == (202, {"id": letters[0]["id"], "status": "waiting"})
    await finished(client, 1)
    assert (await answered(client, "/deadletters"))["deadletters"] == []
    await until(lambda: no_note(store))


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """The setting of access keys, of which one is valid."""
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\n")
    return f"Access:ApiKeys={file}"


@pytest.mark.parametrize("path", QUERIES)
async def test_a_query_needs_a_key(start: Start, keys: str, path: str) -> None:
    client = await start(keys)
    content = await answered(client, path, 401)
    assert list(content["error"]) == ["code", "message"]
    answer = await client.get(path, headers={"Ocp-Apim-Subscription-Key": KEY})
    assert answer.status in {200, 404}


async def test_probes_and_callbacks_need_no_key(start: Start, keys: str, sender: Sender) -> None:
    client = await start(keys)
    for path in ("/health", "/livez", "/readyz"):
        assert (await client.get(path)).status == 200
    assert (await client.post("/deadletters/0123456789abcdef/retry")).status == 401
    assert await notify(client, sender.notification()) == (200, {"status": "ok"})


def basic(user: str, password: str) -> Mapping[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_notify_wants_basic_credentials(start: Start, sender: Sender) -> None:
    client = await start("Notify:User=üser", "Notify:Password=pass:wörd")
    message = json.dumps(sender.notification())
    wrong: tuple[Mapping[str, str], ...] = (
        {},
        basic("üser", "pass"),
        basic("user", "pass:wörd"),
        {"Authorization": "Basic !"},
        {"Authorization": "Basic"},
        {"Authorization": basic("üser", "pass:wörd")["Authorization"].replace("Basic", "Bearer")},
    )
    for headers in wrong:
        answer = await client.post("/notify", data=message, headers=headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="notify"'
        assert (await answer.json())["error"]["code"] == "401"
    answer = await client.post("/notify", data=message, headers=basic("üser", "pass:wörd"))
    assert answer.status == 200


async def test_the_store_away_is_503_and_back(
    start: Start, store: FaultyStore, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "SECONDS_BETWEEN_CHECKS", 0.02)
    client = await start()
    store.shared.write("raw/x.csv", TABLE)

    def away(_call: str, _key: str) -> None:
        raise Unavailable(message="away")

    store.before = away
    message = sender.notification("raw/x.csv")
    status, content = await notify(client, message)
    assert (status, content["error"]["code"]) == (503, "StoreUnavailable")
    for path in ("/anomalies/recent", "/anomalies/summary", "/baseline/current", "/batches", "/deadletters"):
        assert (await answered(client, path, 503))["error"]["code"] == "StoreUnavailable"
    await until(lambda: is_status(client, "/readyz", 503))
    assert (await client.get("/health")).status == 200
    assert (await client.get("/livez")).status == 200

    store.before = None
    await until(lambda: is_status(client, "/readyz", 200))
    assert (await notify(client, message))[0] == 200
    await finished(client, 1)
    assert (await answered(client, "/anomalies/summary"))["files_processed"] == 1


async def test_a_damaged_state_is_503(
    start: Start, store: FaultyStore, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "SECONDS_BETWEEN_CHECKS", 0.02)
    client = await start("Batches:Topics=")
    store.shared.write(STATE, b"{}")
    for path in ("/anomalies/summary", "/baseline/current", "/batches"):
        assert (await answered(client, path, 503))["error"]["code"] == "StoreUnavailable"
    assert (await notify(client, sender.notification("raw/x.csv")))[0] == 503
    await until(lambda: is_status(client, "/readyz", 503))


async def test_a_batch_that_is_worked_on_has_its_progress_until_it_is_committed(
    start: Start, store: FaultyStore, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged, may_go_on, called = asyncio.Event(), asyncio.Event(), store.called

    async def held(call: str, key: str) -> None:
        if call == "put" and key.startswith("staging/"):
            staged.set()
            await may_go_on.wait()
        await called(call, key)

    monkeypatch.setattr(store, "called", held)
    etag = store.shared.write("raw/x.csv", TABLE)
    client = await start()
    await notify(client, sender.notification())
    await staged.wait()
    working = {
        "id": batch_id("raw/x.csv", etag),
        "key": "raw/x.csv",
        "etag": etag,
        "version": None,
        "state": "working",
        "rows": 4,
        "bytes_read": len(TABLE),
        "bytes": len(TABLE),
        "summary": None,
    }
    assert await answered(client, f"/batches/{working['id']}") == working
    assert (await answered(client, "/batches"))["working"] == [working]
    may_go_on.set()
    await finished(client, 1)
    assert (await answered(client, f"/batches/{working['id']}"))["state"] == "published"
    assert (await answered(client, "/batches"))["working"] == []
