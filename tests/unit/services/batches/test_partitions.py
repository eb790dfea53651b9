"""The partitions that a process works on, and what the routes say of them.

The smallest example: `raw/pump/a.csv` and `raw/fan/a.csv` have the same bytes; each is scored by the baseline
of its own folder, and `/anomalies/summary` counts both.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from anomaly_container.metering.usage import Usage
from anomaly_container.services.batches import partitions, resources
from anomaly_container.services.batches.after_commit import source_of
from anomaly_container.services.batches.keys import batch_id, key_id
from anomaly_container.services.batches.partitions import Partitions
from anomaly_container.services.batches.service import SERVICE
from tests.support.faulty_store import FaultyStore
from tests.unit.services.batches.conftest import finished, no_note, notify, until
from tests.unit.services.batches.test_handlers import answered

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.services.batches.parts import Parts
    from tests.support.sns_sender import Sender
    from tests.unit.services.batches.conftest import Start

DIVIDED = "Batches:Partition=device"


def table(first: int, rows: int = 40) -> bytes:
    lines = [f"2026-03-01T00:{row:02}:00,{first + row % 7}" for row in range(rows)]
    return "\n".join(["timestamp,a", *lines, ""]).encode()


async def test_each_partition_has_its_own_baseline_and_usage(
    start: Start, store: FaultyStore, metering: Path
) -> None:
    for key, first in {"raw/pump/a.csv": 20, "raw/fan/a.csv": 500, "raw/alone.csv": 20}.items():
        store.shared.write(key, table(first))
    usage = Usage(metering, SERVICE.meters)
    client = await start(DIVIDED, usage=usage)
    await finished(client, 3)
    assert "state/batches.json" not in store.shared.keys("state/")
    assert set(store.shared.keys("processed/")) == {
        f"processed/{name}{end}" for name in ("pump/a", "fan/a", "alone") for end in (".csv", "_summary.json")
    }
    for name in ("pump", "fan", "_"):
        state = json.loads(store.shared.data(f"partitions/{name}/state/batches.json"))
        assert (state["totals"]["files"], state["totals"]["rows"]) == (1, 40)

    page = await answered(client, "/batches")
    assert (page["partition"], page["partitions"]) == ("device", ["_", "fan", "pump"])
    times = [batch["processed_at"] for batch in page["batches"]]
    assert times == sorted(times, reverse=True)
    one = await answered(client, "/batches?partition=pump")
    assert [batch["key"] for batch in one["batches"]] == ["raw/pump/a.csv"]
    wanted = one["batches"][0]
    assert wanted["id"] == batch_id("raw/pump/a.csv", wanted["etag"])
    assert (await answered(client, f"/batches/{wanted['id']}"))["summary"]["source_key"] == "raw/pump/a.csv"
    rows = await answered(client, f"/batches/{wanted['id']}/rows")
    assert (rows["channel"], [row["value"] for row in rows["rows"][:2]]) == ("a", [20, 21])

    assert (await answered(client, "/anomalies/summary"))["files_processed"] == 3
    assert (await answered(client, "/anomalies/summary?partition=fan"))["total_rows_scored"] == 40
    channels = (await answered(client, "/baseline/current"))["channels"]
    assert {name: facts["observations"] for name, facts in channels.items()} == {
        "_/a": 40,
        "fan/a": 40,
        "pump/a": 40,
    }
    own = (await answered(client, "/baseline/current?partition=fan"))["channels"]
    assert own["a"] == channels["fan/a"]
    assert 500 <= own["a"]["mean"] <= 507
    usage.close()


async def test_of_every_partition_only_its_own_rows_are_recent(start: Start, store: FaultyStore) -> None:
    odd = table(20) + b"2026-03-01T01:00:00,9000\n"
    store.shared.write("raw/pump/a.csv", odd)
    store.shared.write("raw/fan/b.csv", odd)
    client = await start(DIVIDED)
    await finished(client, 2)
    every = await answered(client, "/anomalies/recent")
    assert [one["source_file"] for one in every["anomalies"]] == [
        "processed/pump/a.csv",
        "processed/fan/b.csv",
    ]
    own = await answered(client, "/anomalies/recent?partition=fan")
    assert [one["source_file"] for one in own["anomalies"]] == ["processed/fan/b.csv"]


async def test_a_message_opens_partitions(
    start: Start, store: FaultyStore, sender: Sender, metering: Path
) -> None:
    usage = Usage(metering, SERVICE.meters)
    client = await start(DIVIDED, usage=usage)
    assert (await answered(client, "/batches"))["partitions"] == ["_"]
    for key in ("raw/pump/a.csv", "raw/fan/b.csv", "raw/c.csv"):
        store.shared.write(key, table(20))
    message = sender.notification("raw/pump/a.csv", "raw/fan/b.csv", "raw/c.csv")
    assert (await notify(client, message))[0] == 200
    await finished(client, 3)
    await until(lambda: no_note(store))

    async def no_note_left() -> bool:
        await asyncio.sleep(0)
        return not [key for key in store.shared.keys("partitions/") if "/inbox/" in key]

    await until(no_note_left)
    usage.close()


async def test_a_partition_that_comes_is_found(
    start: Start, store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "SECONDS_BETWEEN_SEARCHES", 0.02)
    client = await start(DIVIDED)
    store.shared.write("raw/late/a.csv", table(20))
    await finished(client, 1)
    assert (await answered(client, "/batches?partition=late"))["batches"][0]["rows"] == 40


async def test_a_dead_letter_is_tried_again_in_its_partition(start: Start, store: FaultyStore) -> None:
    store.shared.write("raw/pump/a.csv", b"timestamp,a\n")
    client = await start(DIVIDED)

    async def is_dead() -> bool:
        return bool((await answered(client, "/deadletters?partition=pump"))["deadletters"])

    await until(is_dead)
    assert (await answered(client, "/deadletters?partition=_"))["deadletters"] == []
    store.shared.write("raw/pump/a.csv", table(20))
    letter = key_id("raw/pump/a.csv")
    assert (await client.post(f"/deadletters/{letter}/retry")).status == 202
    await finished(client, 1)
    assert store.shared.keys("partitions/pump/deadletter/")


@pytest.mark.parametrize("words", [(), (DIVIDED,)])
async def test_an_unknown_partition(start: Start, words: tuple[str, ...]) -> None:
    client = await start(*words)
    for path in ("/batches", "/anomalies/recent", "/anomalies/summary", "/baseline/current", "/deadletters"):
        content = await answered(client, f"{path}?partition=nowhere", 404)
        assert content["error"]["code"] == "UnknownPartition"


def test_the_sources_of_usage() -> None:
    assert source_of("") == "batches"
    assert source_of("pump") == f"batches-{key_id('raw/pump/')}" == "batches-" + source_of("pump")[-16:]
    assert source_of("pump") != source_of("fan")


async def test_too_many_partitions(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Some:
        def __init__(self, partition: str) -> None:
            self.partition = partition

    monkeypatch.setattr(partitions, "MOST", 2)
    made = Partitions(FaultyStore(), lambda name: cast("Parts", Some(name)), is_divided=True)
    assert made.of("raw/a.csv") is made.first
    for name in ("one", "two"):
        found = made.of(f"raw/{name}/a.csv")
        assert found is made.named(name)
    assert made.of("raw/three/a.csv") is None
    assert made.of("raw/three/a.csv") is None
    assert made.names() == ["_", "one", "two"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_the_states_of_many_partitions_are_read_once_in_a_while(
    start: Start, store: FaultyStore
) -> None:
    store.shared.write("raw/pump/a.csv", table(20))
    client = await start(DIVIDED)
    await finished(client, 1)
    await answered(client, "/anomalies/summary")
    read: list[Any] = []
    store.before = lambda call, key: (
        read.append(key) if call == "read" and key.endswith("batches.json") else None
    )
    for _ in range(5):
        await answered(client, "/anomalies/summary")
    assert len(read) <= 2, "the check of one partition may come between"
    await answered(client, "/anomalies/summary?partition=pump")
    assert "partitions/pump/state/batches.json" in read
