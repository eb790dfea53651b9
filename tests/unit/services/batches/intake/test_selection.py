"""Which of the objects that a message names are scored.

The smallest example: of `raw/a.csv` and `processed/a.csv` the first is.
"""

from __future__ import annotations

import pytest

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.batches.intake.events import ObjectEvent
from anomaly_container.services.batches.intake.selection import Selection


def selected(*keys: str, prefix: str = "", bucket: str = "b") -> list[str]:
    return [one.key for one in Selection("b", prefix).of(ObjectEvent(bucket, key) for key in keys)]


def ignored(reason: str) -> float:
    return REGISTRY.get_sample_value("anomaly_batches_ignored_total", {"reason": reason}) or 0.0


def test_what_is_written_here_is_not_selected() -> None:
    assert selected("raw/a.csv", "processed/a.csv", "state/inbox/1.json", "staging/1.csv") == ["raw/a.csv"]


@pytest.mark.parametrize(
    "key",
    [
        *("raw/a.csv", "raw/A.CSV", "raw/a.Csv.Gz", "raw/a.csv.zst", "raw/a.parquet", "raw/x/y/a.csv"),
        *("raw/../a.csv", "raw/a\0.csv", "raw/" + "a" * 2000 + ".csv"),
    ],
)
def test_tables_are_selected(key: str) -> None:
    assert selected(key) == [key]


@pytest.mark.parametrize(
    "key",
    [
        *("raw/", "raw/x/", "raw/a.csv/", "raw/a.txt", "raw/a.csv.tmp", "raw/a.csv.crc", "raw/_SUCCESS"),
        *("raw/_a.csv", "raw/.a.csv", "raw/.csv", "a.csv", "x/raw/a.csv", "/raw/a.csv", "RAW/a.csv", ""),
    ],
)
def test_others_are_not(key: str) -> None:
    before = ignored("name")
    assert selected(key) == []
    assert ignored("name") == before + 1


def test_objects_of_another_bucket_are_counted() -> None:
    before = ignored("bucket")
    assert selected("raw/a.csv", "raw/b.csv", bucket="other") == []
    assert ignored("bucket") == before + 2


def test_keys_are_those_below_the_prefix() -> None:
    assert selected("line/1/raw/a.csv", "raw/a.csv", "line/2/raw/a.csv", prefix="line/1/") == ["raw/a.csv"]
