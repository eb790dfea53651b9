"""The keys of objects.

The smallest example: the results of `raw/2026/a.csv.gz` are `processed/2026/a.csv.gz` and
`processed/2026/a_summary.json`.
"""

from __future__ import annotations

import hashlib

import pytest

from anomaly_container.services.batches.keys import (
    LONGEST,
    batch_id,
    hidden,
    is_safe,
    is_table,
    key_id,
    output_key,
    shard_key,
    staging_keys,
    summary_key,
)


@pytest.mark.parametrize(
    ("key", "table", "summary"),
    [
        ("raw/2026/a.csv.gz", "processed/2026/a.csv.gz", "processed/2026/a_summary.json"),
        ("raw/raw/a.csv", "processed/raw/a.csv", "processed/raw/a_summary.json"),
        ("raw/a.csv.csv", "processed/a.csv.csv", "processed/a.csv_summary.json"),
        ("raw/A.CSV.ZST", "processed/A.CSV.ZST", "processed/A_summary.json"),
        ("raw/a.parquet", "processed/a.parquet", "processed/a_summary.json"),
    ],
)
def test_results(key: str, table: str, summary: str) -> None:
    assert (output_key(key), summary_key(key)) == (table, summary)


@pytest.mark.parametrize(
    "key", ["raw/a.csv", "raw/b/a.CSV", "raw/a.csv.gz", "raw/a.Csv.Zst", "raw/a.parquet"]
)
def test_a_table(key: str) -> None:
    assert is_table(key)
    assert is_safe(key)


@pytest.mark.parametrize(
    "key",
    [
        *("raw/", "raw/a/", "raw/a.csv/", "raw/_SUCCESS", "raw/_a.csv", "raw/.a.csv", "raw/a.csv.tmp"),
        *("raw/a.csv.crc", "raw/a.gz", "raw/a.txt", "raw/acsv", "a.csv", "processed/a.csv", "xraw/a.csv"),
    ],
)
def test_not_a_table(key: str) -> None:
    assert not is_table(key)


@pytest.mark.parametrize(
    "key",
    [
        *("raw/../a.csv", "raw/./a.csv", "raw//a.csv", "raw/a\x00.csv", "raw/a\n.csv", "raw/a\x7f.csv"),
        *("raw/a\x85.csv", "raw/a\udcff.csv", f"raw/{'a' * LONGEST}.csv", f"raw/{'a' * 250}.csv"),
    ],
)
def test_a_key_that_cannot_be_used(key: str) -> None:
    assert is_table(key)
    assert not is_safe(key)


@pytest.mark.parametrize("letter", ["a", "é", "表", "😀"])
def test_the_results_of_a_safe_key_have_names_that_fit(letter: str) -> None:
    size = len(letter.encode())
    longest = max(count for count in range(300) if is_safe(f"raw/{letter * count}.csv"))
    assert longest * size + len("_summary.json") <= 255 < (longest + 1) * size + len("_summary.json")
    folder = "/".join(["a" * 200] * 4)
    longest = max(count for count in range(255) if is_safe(f"raw/{folder}/{'b' * count}.csv"))
    assert len(summary_key(f"raw/{folder}/{'b' * longest}.csv")) <= LONGEST


def test_ids() -> None:
    assert batch_id("raw/a.csv", "e1") == hashlib.sha256(b"raw/a.csv\ne1").hexdigest()[:16]
    assert key_id("raw/a.csv") == hashlib.sha256(b"raw/a.csv").hexdigest()[:16]
    assert hidden("raw/a.csv") == key_id("raw/a.csv")[:8]
    assert shard_key("raw/a.csv") == f"state/ledger/{key_id('raw/a.csv')[:2]}.json"
    assert staging_keys("x") == ("staging/x.csv", "staging/x.json")
    assert len({batch_id("a", "\udcff"), key_id("\udcff"), shard_key("\udcff")}) == 3
