"""Publication of batches.

The smallest example: the staged table of a batch becomes `processed/a.csv`, and then its summary
`processed/a_summary.json`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from anomaly_container.services.batches import publish as publication
from anomaly_container.services.batches.ledger import Entry, Ledger
from anomaly_container.services.batches.publish import Publisher
from anomaly_container.services.batches.state import State
from tests.support.faulty_store import FaultyStore

if TYPE_CHECKING:
    from anomaly_container.services.batches.commit import Commits


def batch(version: str = "1") -> Entry:
    return Entry(key="raw/a.csv", etag=f"e{version}", attempt=f"x{version}")


class Committed:
    """Stands for the commits: it has a state."""

    def __init__(self, *entries: Entry) -> None:
        self.state = State(mode="default", ledger=Ledger().with_entries(entries))

    async def current(self) -> State:
        return self.state


def publisher(store: FaultyStore, *entries: Entry) -> Publisher:
    return Publisher(store, cast("Commits", Committed(*entries)))


def stage(store: FaultyStore, entry: Entry, text: bytes = b"") -> None:
    store.shared.write(f"staging/{entry.attempt}.csv", text or entry.attempt.encode())
    store.shared.write(f"staging/{entry.attempt}.json", b"{}" + entry.attempt.encode())


def published(store: FaultyStore) -> list[tuple[str, bytes]]:
    return [(key, data) for key, data in store.shared.written if key.startswith("processed/")]


async def test_a_batch() -> None:
    store, entry = FaultyStore(), batch()
    stage(store, entry)
    one = publisher(store, entry)
    await one.publish(entry)
    assert published(store) == [("processed/a.csv", b"x1"), ("processed/a_summary.json", b"{}x1")]
    await one.publish(entry)
    assert store.shared.data("processed/a.csv") == b"x1"
    await one.clear(entry.attempt)
    assert store.shared.keys("staging/") == []
    await one.publish(entry)
    await one.clear(entry.attempt)
    assert store.shared.data("processed/a.csv") == b"x1"


@pytest.mark.parametrize("most", [32 << 20, 1])
async def test_the_version_that_was_committed_last_stays(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "MOST_BYTES", most)
    for order in ((1, 2), (2, 1), (1, 2, 1), (2, 1, 2)):
        store, entries = FaultyStore(), {1: batch("1"), 2: batch("2")}
        for entry in entries.values():
            stage(store, entry)
        for number in order:
            await publisher(store, *entries.values()).publish(entries[number])
        assert store.shared.data("processed/a.csv") == b"x2"
        assert store.shared.data("processed/a_summary.json") == b"{}x2"


async def test_a_newer_version_may_be_published_meanwhile() -> None:
    """Between the look at the target and the write."""
    store, older, newer = FaultyStore(), batch("1"), batch("2")
    for entry in (older, newer):
        stage(store, entry)
    store.shared.write("processed/a.csv", b"x0")
    committed = Committed(older)
    one = Publisher(store, cast("Commits", committed))

    def publishes(call: str, key: str) -> None:
        if (
            call == "update"
            and key == "processed/a.csv"
            and committed.state.ledger.newest("raw/a.csv") == older
        ):
            committed.state = replace(committed.state, ledger=Ledger().with_entries([older, newer]))
            store.shared.write("processed/a.csv", b"x2")

    store.before = publishes
    await one.publish(older)
    assert store.shared.data("processed/a.csv") == b"x2"


async def test_a_dead_letter_of_a_newer_version_changes_nothing() -> None:
    store, entry = FaultyStore(), batch()
    stage(store, entry)
    store.shared.write("processed/a.csv", b"x0")
    await publisher(store, entry, Entry(key="raw/a.csv", etag="e2", reason="empty", published=True)).publish(
        entry
    )
    assert store.shared.data("processed/a.csv") == b"x1"


async def test_a_target_that_is_deleted_meanwhile() -> None:
    store, entry = FaultyStore(), batch()
    stage(store, entry)
    store.shared.write("processed/a.csv", b"x0")

    def deletes(call: str, key: str) -> None:
        if call == "head":
            store.shared.objects.pop(key, None)

    store.before = deletes
    await publisher(store, entry).publish(entry)
    assert store.shared.data("processed/a.csv") == b"x1"
