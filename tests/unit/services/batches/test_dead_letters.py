"""Dead letters.

The smallest example: `raw/a.csv` without a row becomes `deadletter/1970-01-01/<id>-a.csv.json` with the
reason `no_rows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from anomaly_container.outbound.errors import Refused
from anomaly_container.outbound.folder_store import FolderStore
from anomaly_container.services.batches.dead_letters import (
    DeadLetterError,
    DeadLetters,
    Reason,
    dead_letter_key,
    printable,
)
from anomaly_container.services.batches.keys import key_id
from anomaly_container.services.batches.waiting import Item
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.outbound.object_store import ObjectStore


def letters(store: ObjectStore, *, copies: bool = False) -> DeadLetters:
    return DeadLetters(store, lambda: 60.0, copies=copies)


async def test_a_dead_letter() -> None:
    store = FaultyStore()
    item = Item(key="raw/a.csv", etag="e", version="v", message_id="m", seen=30.0, attempts=2)
    entry = await letters(store).write(item, DeadLetterError(Reason.NO_ROWS), 7)
    key = f"deadletter/1970-01-01/{key_id('raw/a.csv')}-a.csv.json"
    assert orjson.loads(store.shared.data(key)) == {
        "key": "raw/a.csv",
        "etag": "e",
        "version": "v",
        "reason": "no_rows",
        "detail": {},
        "attempts": 2,
        "first_seen": "1970-01-01T00:00:30.000000",
        "last_seen": "1970-01-01T00:01:00.000000",
        "message_id": "m",
    }
    assert (entry.reason, entry.published, entry.revision, entry.version) == ("no_rows", True, 7, "v")


def test_the_detail_is_a_place() -> None:
    assert DeadLetterError(Reason.RAGGED, line=3).detail == {"line": 3}
    assert DeadLetterError(Reason.NOT_NUMERIC, line=3, column="a").detail == {"line": 3, "column": "a"}


@pytest.mark.parametrize("name", ["a", "a b+ü", "表" * 83, "😀" * 60, "x" * 251, "\udcff", "a\x00\n", ".."])
async def test_the_name_fits_in_a_folder(name: str, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    try:
        entry = await letters(store).write(Item(key=f"raw/{name}.csv"), DeadLetterError(Reason.BAD_KEY), 1)
    finally:
        await store.close()
    [found] = (tmp_path / "deadletter").rglob("*.json")
    assert orjson.loads(found.read_bytes())["key"] == entry.key == printable(f"raw/{name}.csv")
    assert found.name.startswith(key_id(f"raw/{name}.csv"))


def test_keys_of_equal_names_differ() -> None:
    assert dead_letter_key("raw/1/a.csv", "d") != dead_letter_key("raw/2/a.csv", "d")


async def test_a_copy() -> None:
    store = FaultyStore()
    store.shared.write("raw/a.csv", b"text")
    for reason in (Reason.EMPTY, Reason.BAD_KEY):
        await letters(store, copies=True).write(Item(key="raw/a.csv"), DeadLetterError(reason), 1)
    await letters(store, copies=True).write(Item(key="raw/gone.csv"), DeadLetterError(Reason.GONE), 1)
    copied = [key for key in store.shared.keys("deadletter/") if not key.endswith(".json")]
    assert [store.shared.data(key) for key in copied] == [b"text"]


async def test_a_copy_that_is_refused_is_left_out() -> None:
    def fails(call: str, _key: str) -> None:
        if call == "copy":
            raise Refused(message="denied")

    store = FaultyStore(before=fails)
    store.shared.write("raw/a.csv", b"text")
    await letters(store, copies=True).write(Item(key="raw/a.csv"), DeadLetterError(Reason.EMPTY), 1)
    assert len(store.shared.keys("deadletter/")) == 1
