"""The JSON of the routes, beside what a reader writes by hand from the specification.

The smallest example: without files the totals are `{"message": "No processed files yet."}`.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.detection.batches.moments import Moments
from anomaly_container.services.batches import contract
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.state import State

NOON = "2026-03-01T12:00:00.000000"


def entry(number: int, **fields: object) -> Entry:
    made = Entry(
        key=f"raw/{number}.csv",
        etag="e",
        published=True,
        revision=number,
        processed_at=f"2026-03-01T12:00:{number:02}.000000",
        rows=10,
        anomalies=number % 3,
        counts={"a": 10 * number},
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # a test's own names


def state(*entries: Entry) -> State:
    empty = State(mode="default", columns=("a",))
    return replace(
        empty,
        files=len(entries),
        rows=sum(one.rows for one in entries),
        anomalies=sum(one.anomalies for one in entries),
        ledger=empty.ledger.with_entries(entries),
        last_updated=NOON,
    )


def test_nothing_yet() -> None:
    assert contract.anomalies_summary([state()]) == {"message": "No processed files yet."}


def test_the_totals_and_the_five_newest() -> None:
    content = contract.anomalies_summary([state(*(entry(number) for number in range(1, 8)))])
    newest = content.pop("most_recent")
    assert content == {
        "files_processed": 7,
        "total_rows_scored": 70,
        "total_anomalies": 7,
        "overall_anomaly_rate": 0.1,
    }
    assert [one["source_key"] for one in newest] == [f"raw/{number}.csv" for number in (7, 6, 5, 4, 3)]
    assert newest[0] == {
        "source_key": "raw/7.csv",
        "output_key": "processed/7.csv",
        "processed_at": "2026-03-01T12:00:07.000000",
        "total_rows": 10,
        "anomaly_count": 1,
        "anomaly_rate": 0.1,
        "baseline_observation_counts": {"a": 70},
    }


def test_a_rate_has_four_decimals() -> None:
    content = contract.anomalies_summary([state(entry(1, rows=3, anomalies=2))])
    assert content["overall_anomaly_rate"] == 0.6667
    assert contract.anomalies_summary([state(entry(1, rows=0, anomalies=0))])["overall_anomaly_rate"] == 0


def test_the_baseline_of_each_channel() -> None:
    observed = Moments(
        count=np.array([4.0, 0.0, 30.0]), mean=np.array([1.00004, 0.0, -2.0]), m2=np.array([5.0, 0.0, 0.0])
    )
    known = replace(state(), columns=("a", "b", "c"))
    assert contract.current_baseline(known, observed, 30) == {
        "last_updated": NOON,
        "channels": {
            "a": {"observations": 4, "mean": 1.0, "std": 1.118, "baseline_mature": False},
            "c": {"observations": 30, "mean": -2.0, "std": 0.0, "baseline_mature": True},
        },
    }
    empty = State(mode="default", columns=())
    assert contract.current_baseline(empty, None, 30) == {"last_updated": None, "channels": {}}


def test_health() -> None:
    assert json.dumps(contract.health("b", NOON)) == (
        '{"status": "ok", "bucket": "b", "timestamp": "2026-03-01T12:00:00.000000"}'
    )


def test_recent_rows_are_counted() -> None:
    assert contract.recent_anomalies([]) == {"count": 0, "anomalies": []}
    assert contract.recent_anomalies([{"a": 1}]) == {"count": 1, "anomalies": [{"a": 1}]}


def test_a_batch_and_a_dead_letter() -> None:
    assert contract.batch(entry(1, published=False, severity=2.5, strongest="zscore:a")) == {
        "id": entry(1).id,
        "key": "raw/1.csv",
        "etag": "e",
        "version": None,
        "state": "committed",
        "revision": 1,
        "processed_at": "2026-03-01T12:00:01.000000",
        "rows": 10,
        "anomalies": 1,
        "anomaly_rate": 0.1,
        "max_severity": 2.5,
        "strongest": "zscore:a",
        "output_key": "processed/1.csv",
        "summary_key": "processed/1_summary.json",
    }
    dead = entry(2, reason="ragged")
    assert contract.dead_letter(dead) == {
        "id": dead.id,
        "key": "raw/2.csv",
        "etag": "e",
        "version": None,
        "reason": "ragged",
        "last_seen": "2026-03-01T12:00:02.000000",
    }
    assert dead.id != entry(2).id


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_null(value: float) -> None:
    assert contract.render({"a": [value]}) == b'{"a":[null]}'


def test_a_page_says_where_the_next_one_begins() -> None:
    assert contract.page("batches", iter([{"id": "1"}]), "1") == {"batches": [{"id": "1"}], "next": "1"}
    assert contract.page("batches", [], None) == {"batches": [], "next": None}


@pytest.mark.parametrize(
    ("written", "shown"),
    [(None, None), (b"{", None), (b"[]", None), (b'{"mode":"compat"}', {"mode": "compat"})],
)
def test_a_batch_has_its_summary_if_that_can_be_read(written: bytes | None, shown: object) -> None:
    one = entry(1)
    assert contract.batch_with_summary(one, written) == contract.batch(one) | {"summary": shown}


def test_what_batches_are_scored_by() -> None:
    facts = contract.baseline_facts([State(mode="compat", columns=("a",))], 30)
    assert facts == {"mode": "compat", "columns": ["a"], "maturity": 30}
