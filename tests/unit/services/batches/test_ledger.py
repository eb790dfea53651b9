"""The ledger of batches and dead letters.

The smallest example: after a batch of `raw/a.csv` with etag `e1` the ledger finds that version, and not `e2`.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from anomaly_container.services.batches.keys import batch_id, key_id
from anomaly_container.services.batches.ledger import RECENT, Entry, Ledger, digest, from_json, to_json


def batch(key: str = "raw/a.csv", etag: str = "e1", **words: object) -> Entry:
    return replace(Entry(key=key, etag=etag, attempt=f"{key}-{etag}", counts={"a": 1}), **words)  # type: ignore[arg-type]  # fields


def dead(key: str = "raw/a.csv", etag: str = "e1") -> Entry:
    return Entry(key=key, etag=etag, published=True, reason="empty")


def test_a_version_is_found() -> None:
    ledger = Ledger().with_entries([batch()])
    assert ledger.find("raw/a.csv", "e1") == batch()
    assert ledger.find("raw/a.csv", "e2") is None
    assert ledger.find("raw/b.csv", "e1") is None
    assert ledger.batches() == [batch()]
    assert ledger.dead_letters() == []


def test_a_new_version_leaves_the_older_ones() -> None:
    ledger = Ledger().with_entries([batch(), batch("raw/b.csv")]).with_entries([batch(etag="e2")])
    assert [entry.etag for entry in ledger.batches()] == ["e2", "e1", "e1"]
    assert ledger.newest("raw/a.csv") == batch(etag="e2")
    assert ledger.newest("raw/c.csv") is None
    assert len(ledger.unpublished()) == 3


def test_a_dead_letter_leaves_the_batches_and_replaces_the_one_before() -> None:
    ledger = Ledger().with_entries([batch(), dead(etag="e2")]).with_entries([dead(etag="e3")])
    assert ledger.find("raw/a.csv", "e1") == batch()
    assert ledger.find("raw/a.csv", "e2") is None
    assert ledger.dead_letters() == [dead(etag="e3")]
    assert ledger.newest("raw/a.csv") == batch()
    assert ledger.unpublished() == [batch()]


def test_a_batch_removes_the_dead_letter_of_its_object() -> None:
    ledger = Ledger().with_entries([dead(), dead("raw/b.csv")]).with_entries([batch()])
    assert ledger.dead_letters() == [dead("raw/b.csv")]
    assert ledger.find("raw/a.csv", "e1") == batch()


def test_the_newest_batches_keep_their_counts() -> None:
    entries = [batch(f"raw/{number}.csv") for number in range(RECENT + 2)]
    ledger = Ledger().with_entries(entries[:3]).with_entries(entries[3:])
    assert [entry.counts is not None for entry in ledger.batches()] == [True] * RECENT + [False] * 2


def test_published() -> None:
    ledger = Ledger().with_entries([batch(), batch("raw/b.csv")])
    after = ledger.published([batch(), batch("raw/c.csv"), batch("raw/b.csv", attempt="another")])
    assert [entry.key for entry in after.unpublished()] == ["raw/b.csv"]
    assert ledger.unpublished() == [batch(), batch("raw/b.csv")]
    assert after.published([batch()]) is after, "nothing is written for what another process has marked"


def test_the_oldest_published_entries_overflow() -> None:
    entries = [batch(f"raw/{number}.csv", published=number != 1) for number in range(12)]
    ledger = Ledger().with_entries(entries)
    assert ledger.overflow(11) == []
    gone = ledger.overflow(10)
    assert [entry.key for entry in gone] == ["raw/0.csv", "raw/2.csv"]
    after = ledger.after_eviction(gone)
    assert after.evicted == 2
    assert len(after.entries) == 10
    assert after.find("raw/0.csv", "e1") is None
    assert [entry.key for entry in after.unpublished()] == ["raw/1.csv"]


def test_a_newer_version_stays_as_long_as_an_older_one_is_not_published() -> None:
    entries = [batch(), batch(etag="e2", published=True)]
    entries += [batch(f"raw/{number}.csv", published=True) for number in range(12)]
    ledger = Ledger().with_entries(entries)
    assert [entry.key for entry in ledger.overflow(10)] == [f"raw/{number}.csv" for number in range(4)]
    assert ledger.published([batch()]).overflow(10)[0].etag == "e1"


def test_an_eviction_of_a_batch_leaves_the_dead_letter_of_its_object() -> None:
    ledger = Ledger().with_entries([batch(published=True), dead(etag="e2")])
    after = ledger.after_eviction([batch(published=True)])
    assert after.dead_letters() == [dead(etag="e2")]
    assert after.batches() == []


def test_ids_and_digests() -> None:
    assert batch().id == batch_id("raw/a.csv", "e1")
    assert dead().id == key_id("raw/a.csv")
    assert batch().digest == digest("raw/a.csv", "e1")
    assert dead().digest == digest("raw/a.csv", "e1", is_dead=True)
    assert len({batch().digest, dead().digest, batch(etag="e2").digest}) == 3
    assert len(batch().digest) == 32


def test_json_and_back() -> None:
    ledger = Ledger().with_entries([batch(version="v"), dead("raw/b.csv"), batch(etag="e2", severity=0.1)])
    ledger = replace(ledger, evicted=7)
    content = orjson.loads(orjson.dumps(to_json(ledger)))
    assert from_json(content) == ledger
    assert list(from_json(content).entries) == list(ledger.entries)
    assert content["ring"][1] == {"key": "raw/b.csv", "etag": "e1", "published": True, "reason": "empty"}
