"""The summary of a batch.

The smallest example: 3 anomalies in 40 rows are a rate of 0.075.
"""

from __future__ import annotations

import json
import math

import orjson

from anomaly_container import __version__
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.scored import Scored
from anomaly_container.services.batches.summary import Scoring, rate, summary, timestamp

ENTRY = Entry(
    key="raw/2026/a.csv.gz",
    etag="e",
    attempt="x",
    revision=8,
    processed_at="2026-03-01T10:00:00.000001",
    rows=40,
    anomalies=3,
    counts={"a": 40, "b": 0},
)
SCORED = Scored(
    columns=("a", "b"),
    learnt=None,
    rows=40,
    anomalies=3,
    observations={"a": 40, "b": 0},
    by_channel={"a": {"flagged": 3, "mean": math.nan}},
    missing_columns=["b"],
)
ORIGINAL = [
    *("source_key", "output_key", "processed_at", "total_rows", "anomaly_count", "anomaly_rate"),
    "baseline_observation_counts",
]


def test_rates() -> None:
    assert (rate(3, 40), rate(1, 3), rate(0, 0)) == (0.075, 0.3333, 0.0)


def test_the_fields_of_the_original_come_first() -> None:
    data = summary(ENTRY, SCORED, Scoring("default", 7, None, 0.12345))
    found = json.loads(data)
    assert list(found)[:7] == ORIGINAL
    assert [found[name] for name in ORIGINAL] == [
        *("raw/2026/a.csv.gz", "processed/2026/a.csv.gz", "2026-03-01T10:00:00.000001", 40, 3, 0.075),
        {"a": 40, "b": 0},
    ]
    assert data.startswith(b'{\n  "source_key": ')


def test_our_fields() -> None:
    found = orjson.loads(summary(ENTRY, SCORED, Scoring("default", 7, "older", 0.12345)))
    assert (found["batch_id"], found["source_etag"], found["source_version"]) == (ENTRY.id, "e", None)
    assert (found["replaces"], found["revision"], found["scored_by_revision"]) == ("older", 8, 7)
    assert (found["mode"], found["seconds"], found["container_version"]) == ("default", 0.123, __version__)
    assert found["missing_columns"] == ["b"]
    assert found["by_channel"] == {"a": {"flagged": 3, "mean": None}}, "never NaN"


def test_times_are_those_of_the_original() -> None:
    assert timestamp(0) == "1970-01-01T00:00:00.000000"
    assert timestamp(1772359200.5) == "2026-03-01T10:00:00.500000"
    assert timestamp(1.0) < timestamp(1.000001) < timestamp(1e9)
