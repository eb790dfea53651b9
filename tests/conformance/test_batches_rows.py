"""Rows of the public cases of batches, cut, read and written as the original wrote them.

The smallest example: `..., 8.42` with a score of 0.3248 and no flag gets `,0.3248,False` behind it.
The cases live outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.batches import _kernels
from anomaly_container.detection.batches.csv_append import Column, append
from anomaly_container.detection.batches.csv_block import parse_block
from anomaly_container.detection.batches.csv_header import append_header, parse_header
from anomaly_container.detection.batches.csv_rows import RowReader, TableError

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = (
    Path(os.environ.get("CONFORMANCE_DIR", Path(__file__).parents[2].parent / "shared" / "conformance"))
    / "batches"
)
CASES = json.loads((FOLDER / "index.json").read_text()) if FOLDER.is_dir() else []
SCORED = [case["case"] for case in CASES if case["original"] == "ok"]
SHORT_ROW = "30-short-row"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no conformance cases: set CONFORMANCE_DIR to their folder"
)


@pytest.fixture(params=["compiled", "csv module"], autouse=True)
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "csv module":
        monkeypatch.setattr(_kernels, "compiled", None)
    elif _kernels.compiled is None:
        pytest.skip("the kernels are not compiled: there was no compiler")


def content(case: str, name: str) -> bytes:
    """A file of a case, which is compressed if it is large, without its byte order mark."""
    path = FOLDER / case / name
    data = (
        path.read_bytes() if path.exists() else gzip.decompress((FOLDER / case / f"{name}.gz").read_bytes())
    )
    return data.removeprefix(b"\xef\xbb\xbf")


def column(cells: Sequence[str]) -> Column:
    """The column that a list of cells was written from."""
    if not any(cells):
        return None
    if {*cells} <= {"True", "False"}:
        return np.array([cell == "True" for cell in cells])
    if {*cells} <= {"1", "-1"}:
        return np.array([int(cell) for cell in cells])
    return np.array([float(cell or "nan") for cell in cells])


def rewritten(case: str, *, chunk: int) -> bytes:
    """The input with the new columns of the output, by blocks of 64 rows."""
    output = list(csv.reader(io.StringIO(content(case, "processed.csv").decode(), newline="")))
    reader = RowReader()
    data = content(case, "input.csv")
    for start in range(0, len(data), chunk):
        reader.feed(data[start : start + chunk])
    reader.finish()
    header = reader.take(1, b",")
    assert header is not None
    fields = len(parse_header(header, b","))
    written = append_header(header, b",", output[0][fields:])
    done = 1
    while (rows := reader.take(64, b",")) is not None:
        block = parse_block(rows, b",", fields=fields, wanted=[])
        ours = zip(*(row[fields:] for row in output[done : done + rows.count]), strict=True)
        written += append(block, [column(cells) for cells in ours])
        done += rows.count
    assert done == len(output)
    return written


@pytest.mark.parametrize("case", SCORED)
def test_rows_are_written_as_the_original_wrote_them(case: str) -> None:
    ours = list(csv.reader(io.StringIO(rewritten(case, chunk=1000).decode(), newline="")))
    theirs = list(csv.reader(io.StringIO(content(case, "processed.csv").decode(), newline="")))
    assert [len(row) for row in ours] == [len(row) for row in theirs]
    added = len(theirs[0]) - len(next(csv.reader(io.StringIO(content(case, "input.csv").decode()))))
    assert added >= 6
    assert [row[-added:] for row in ours] == [row[-added:] for row in theirs]
    assert ours[0] == theirs[0]


@pytest.mark.parametrize("case", SCORED)
def test_numbers_are_those_that_the_original_read(case: str) -> None:
    read = []
    for name in ("input.csv", "processed.csv"):
        reader = RowReader()
        reader.feed(content(case, name))
        reader.finish()
        header = reader.take(1, b",")
        assert header is not None
        names = parse_header(header, b",")
        wanted = [names.index(column) for column in next(c["columns"] for c in CASES if c["case"] == case)]
        rows = reader.take(10**6, b",")
        assert rows is not None
        block = parse_block(rows, b",", fields=len(names), wanted=wanted)
        assert not block.bad_cells.any()
        read.append(block.numbers)
    np.testing.assert_allclose(read[0], read[1], rtol=1e-12, atol=0)


@pytest.mark.skipif(SHORT_ROW not in SCORED, reason="the case is not there")
def test_a_short_row_gets_the_cells_that_it_lacks() -> None:
    line = rewritten(SHORT_ROW, chunk=7).decode().split("\n")[9]
    assert line == content(SHORT_ROW, "processed.csv").decode().split("\n")[9]
    assert ",22.66,50.3,,,0.2232," in line


def test_text_in_a_number_is_counted_with_its_line() -> None:
    reader = RowReader()
    reader.feed(content("34-text-in-a-number", "input.csv"))
    reader.finish()
    assert reader.take(1, b",") is not None
    rows = reader.take(1000, b",")
    assert rows is not None
    block = parse_block(rows, b",", fields=5, wanted=[1, 2, 3, 4])
    assert block.bad_cells.tolist() == [0, 1, 0, 0]
    assert block.line(int(block.first_bad[1])) == 6


def test_an_empty_file_has_no_header_and_a_header_alone_no_rows() -> None:
    for case, headers in (("32-empty-file", 0), ("33-header-only", 1)):
        reader = RowReader()
        reader.feed(content(case, "input.csv"))
        reader.finish()
        assert (reader.take(1, b",") is not None) == bool(headers)
        assert reader.take(1, b",") is None


def test_a_long_row_behind_a_case_is_refused() -> None:
    reader = RowReader()
    reader.feed(content("01-first-batch-clean", "input.csv") + b"1,2,3,4,5,6\n")
    reader.finish()
    reader.take(1, b",")
    rows = reader.take(1000, b",")
    assert rows is not None
    with pytest.raises(TableError, match="line 102: 6 cells, the header has 5"):
        parse_block(rows, b",", fields=5, wanted=[1])
