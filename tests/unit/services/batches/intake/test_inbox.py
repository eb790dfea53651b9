"""The inbox.

The smallest example: the message `m-1` that names two objects is noted as `state/inbox/m-1.json`; the note is
deleted when both are finished.
"""

from __future__ import annotations

import orjson
import pytest

from anomaly_container.services.batches.intake.events import ObjectEvent
from anomaly_container.services.batches.intake.inbox import Inbox
from tests.support.faulty_store import FaultyStore

OBJECTS = [ObjectEvent("b", "raw/a.csv", "e1", "v"), ObjectEvent("b", "raw/b.csv")]


async def keys_of(inbox: Inbox) -> list[str]:
    return [key async for key in inbox.notes()]


async def test_a_note_is_deleted_with_its_last_object() -> None:
    store = FaultyStore()
    inbox = Inbox(store)
    items = await inbox.note("m-1", OBJECTS, 5.0)
    assert await keys_of(inbox) == ["state/inbox/m-1.json"]
    assert [(item.key, item.etag, item.version) for item in items] == [
        ("raw/a.csv", "e1", "v"),
        ("raw/b.csv", "", None),
    ]
    assert {(item.message_id, item.seen, item.is_retry) for item in items} == {("m-1", 5.0, False)}
    await items[1].finish()
    await items[1].finish()
    assert await keys_of(inbox) == ["state/inbox/m-1.json"]
    await items[0].finish()
    assert await keys_of(inbox) == []
    await items[0].finish()


async def test_a_message_that_comes_again_keeps_its_note() -> None:
    store = FaultyStore()
    first = await Inbox(store).note("m", OBJECTS, 5.0, is_retry=True)
    again = await Inbox(store).note("m", OBJECTS[:1], 9.0)
    assert again == first
    assert again[0].is_retry


async def test_notes_are_read_after_a_restart() -> None:
    store = FaultyStore()
    items = await Inbox(store).note("m", OBJECTS, 5.0)
    inbox = Inbox(store)
    [key] = await keys_of(inbox)
    again = await inbox.read(key)
    assert again == items
    for item in again:
        await item.finish()
    assert await keys_of(inbox) == []
    assert await inbox.read(key) == []


@pytest.mark.parametrize("name", ["../../x", "", "a b", "x" * 101, "ü", "\udcff", "a/b", "m.json"])
async def test_any_name_of_a_message_is_a_key(name: str) -> None:
    store = FaultyStore()
    await Inbox(store).note(name, OBJECTS, 5.0)
    [key] = store.shared.keys()
    assert key.startswith("state/inbox/")
    assert len(key) == len("state/inbox/.json") + 64


async def test_an_object_named_twice_is_finished_once() -> None:
    store = FaultyStore()
    items = await Inbox(store).note("m", [OBJECTS[0], OBJECTS[0]], 5.0)
    await items[0].finish()
    assert store.shared.keys() == []


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"[]", b"{}", b"null", orjson.dumps({"objects": [{}]}), orjson.dumps({"objects": None})],
)
async def test_a_note_that_is_not_ours_has_no_items(data: bytes) -> None:
    store = FaultyStore()
    store.shared.write("state/inbox/x.json", data)
    assert await Inbox(store).read("state/inbox/x.json") == []


async def test_a_key_that_is_not_unicode_is_noted() -> None:
    """Its dead letter says so; a message that cannot be noted would come again and again."""
    store = FaultyStore()
    [item] = await Inbox(store).note("m", [ObjectEvent("b", "raw/\udcff.csv")], 5.0)
    await item.finish()
    assert store.shared.keys() == []
