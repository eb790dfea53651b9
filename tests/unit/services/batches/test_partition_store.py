"""A partition as a store.

The smallest example: the state of the partition `pump` is `partitions/pump/state/batches.json` of the store,
and its listing of `raw/` has `raw/pump/a.csv` and not `raw/fan/a.csv`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.folder_store import FolderStore
from anomaly_container.services.batches.partition_store import (
    REST,
    PartitionStore,
    first_objects,
    partition_of,
    partitions_in,
)
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.outbound.stored_object import ObjectInfo

KEYS = (
    *("raw/fan/a.csv", "raw/pump/a.csv", "raw/pump/deep/b.csv", "raw/pump0/c.csv", "raw/pump-1/d.csv"),
    *("raw/alone.csv", "raw/zz.csv", "raw/_/e.csv"),
)


async def keys_of(listed: AsyncIterator[ObjectInfo]) -> list[str]:
    return [info.key async for info in listed]


@pytest.fixture(params=["memory", "folder"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    made: ObjectStore = FaultyStore() if request.param == "memory" else FolderStore(tmp_path)
    for key in KEYS:
        await made.create(key, b"x")
    yield made
    await made.close()


async def test_a_partition_sees_its_own(store: ObjectStore) -> None:
    pump, fan = PartitionStore(store, "pump"), PartitionStore(store, "fan")
    etag = await pump.create("state/batches.json", b"{}")
    await fan.create("state/batches.json", b"[]")
    assert await keys_of(store.list("partitions/")) == [
        "partitions/fan/state/batches.json",
        "partitions/pump/state/batches.json",
    ]
    assert (await pump.read("state/batches.json", 9)).data == b"{}"
    assert (await pump.head("state/batches.json")).key == "state/batches.json"
    await pump.update("state/batches.json", b"{ }", etag)
    assert await keys_of(pump.list("state/")) == ["state/batches.json"]
    assert await keys_of(pump.list("state/", "state/batches.json")) == []
    assert await keys_of(pump.list("raw/")) == ["raw/pump/a.csv", "raw/pump/deep/b.csv"]
    assert await keys_of(pump.list("raw/", "raw/pump/a.csv")) == ["raw/pump/deep/b.csv"]
    await pump.put("staging/1.csv", b"y")
    await pump.copy("staging/1.csv", "processed/pump/a.csv")
    await pump.delete("staging/1.csv")
    async with pump.open("processed/pump/a.csv") as found:
        assert b"".join([piece async for piece in found]) == b"y"
    assert await keys_of(store.list("processed/")) == ["processed/pump/a.csv"]
    assert await keys_of(fan.list("processed/")) == []
    assert await pump.probe()
    await pump.close()
    assert await keys_of(fan.list("raw/")) == ["raw/fan/a.csv"], "the store is open for the others"


async def test_objects_in_no_folder_are_a_partition(store: ObjectStore) -> None:
    rest = PartitionStore(store, REST)
    assert await keys_of(rest.list("raw/")) == ["raw/_/e.csv", "raw/alone.csv", "raw/zz.csv"]
    assert await keys_of(rest.list("raw/", "raw/alone.csv")) == ["raw/zz.csv"]


async def test_partitions_are_found_by_their_objects_or_their_state(store: ObjectStore) -> None:
    await store.create("partitions/gone/state/batches.json", b"{}")
    assert await partitions_in(store, 10) == ["_", "fan", "gone", "pump", "pump-1", "pump0"]
    assert await partitions_in(store, 1) == ["_", "gone"]


async def test_the_objects_of_a_folder_are_jumped_over() -> None:
    store = FaultyStore()
    for number in range(100):
        store.shared.write(f"raw/{number % 4}/{number}.csv", b"")
    assert await keys_of(first_objects(store, "raw/")) == [
        *("raw/0/0.csv", "raw/1/1.csv", "raw/2/10.csv", "raw/3/11.csv")
    ]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("raw/pump/a.csv", "pump"),
        ("processed/pump/deep/a_summary.json", "pump"),
        ("partitions/pump/state/turn", "pump"),
        ("raw/a.csv", REST),
        ("raw/_/a.csv", REST),
        ("raw//a.csv", REST),
        ("raw/../a.csv", REST),
        ("raw/a\nb/c.csv", REST),
        ("raw/\ud800/c.csv", REST),
        (f"raw/{'ü' * 128}/c.csv", REST),
        (f"raw/{'u' * 255}/c.csv", "u" * 255),
    ],
)
def test_the_partition_of_a_key(key: str, name: str) -> None:
    assert partition_of(key) == name
