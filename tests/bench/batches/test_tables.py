"""A table of 10,001 rows has 10,002 lines, one header and times that go on by a minute."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.bench.batches.tables import STRETCH, write, write_repeated

if TYPE_CHECKING:
    from pathlib import Path


def test_stretches_make_one_table(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", STRETCH + 1, seed=1)
    lines = (tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == STRETCH + 2
    assert sum(line.startswith("timestamp,") for line in lines) == 1
    assert lines[1].startswith("2026-01-01T00:00:00.000000,")
    # 10,000 minutes are 6 days, 22 hours and 40 minutes.
    assert lines[-1].startswith("2026-01-07T22:40:00.000000,")


def test_a_repeated_table_has_its_header_once(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_bytes(b"a,b\n1,2\n3,4\n")
    write_repeated(tmp_path / "rows.csv.gz", table, 2)
    assert gzip.decompress((tmp_path / "rows.csv.gz").read_bytes()) == b"a,b\n1,2\n3,4\n1,2\n3,4\n"
