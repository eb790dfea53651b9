"""The reader of files: whatever comes in, series that can be asked about or one sentence, soon."""

from __future__ import annotations

import json
import math
from time import process_time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.services.univariate.contract.series_file import (
    ALL,
    DateOrder,
    ReadOptions,
    SeriesFile,
    SeriesFileError,
    read_series_file,
)
from anomaly_container.services.univariate.contract.timestamps import to_nanoseconds
from tests.property.strategies import examples

OPTIONS = st.builds(
    ReadOptions,
    timestamp_column=st.none() | st.sampled_from(["time", "1", "2", "x"]),
    value_columns=st.none() | st.sampled_from([ALL, ("value",), ("2", "3"), ("x",)]),
    by=st.none() | st.sampled_from(["host", "3", "host,time", ","]),
    date_order=st.none() | st.sampled_from(DateOrder),
    sort=st.booleans(),
    no_times=st.booleans(),
)
NUMBERS = st.sampled_from([
    "1", "1,002", "1.002", "0,5", "1 234,5", "-3e5", "1e999", "9" * 400, "1_000", "+.5", "1,2,3", "0x1"
])  # fmt: skip
DATES = st.sampled_from([
    "2026-01-01", "2026-01-02T03:04:05.678Z", "2026-02-30", "01/02/2026", "13/02/2026", "02/13/26",
    "20260101", "1767225600", "1767225600123", "1e18", "0001-01-01", "9999-12-31", "Jan 5, 2026",
    "5. Januar 2026", "24:00", "10:30", "2026-W03", "2026", "202601", "-1", "99999999999999999999",
])  # fmt: skip
ABSENT = st.sampled_from(["", "NaN", "NULL", "-", "#N/A", " "])
CELLS = (
    NUMBERS
    | DATES
    | ABSENT
    | st.sampled_from(["a", "b", "sensor_1", '"', '""', "\x1b[31m", "\x00"])
    | st.text(max_size=6)
)
TITLES = st.sampled_from(["time", "value", "host", "", "id", "date", "hour", "load", "1", "Unnamed: 0"])


def tables() -> st.SearchStrategy[str]:
    """Tables of any cells, most of their columns of one kind, between any marks."""
    kinds = st.sampled_from([NUMBERS, DATES, ABSENT, CELLS])

    def written(columns: list[tuple[str, list[str]]], mark: str, head: str, end: str) -> str:
        rows = [[title for title, _ in columns], *zip(*(cells for _, cells in columns), strict=True)]
        return head + end.join(mark.join(row) for row in rows)

    def of_length(rows: int) -> st.SearchStrategy[str]:
        column = st.tuples(TITLES, kinds.flatmap(lambda kind: st.lists(kind, min_size=rows, max_size=rows)))
        return st.builds(
            written,
            st.lists(column, min_size=1, max_size=5),
            st.sampled_from(",;\t|"),
            st.sampled_from(["", "sep=;\n", "\ufeff", "\n"]),
            st.sampled_from(["\n", "\r\n", "\r"]),
        )

    return st.integers(1, 25).flatmap(of_length)


def documents() -> st.SearchStrategy[Any]:
    """JSON of any shape, with the names that layouts have."""
    scalars = st.none() | st.booleans() | st.floats() | st.integers() | NUMBERS | DATES | st.text(max_size=4)
    names = (
        st.sampled_from(
            ["series", "Series", "timestamp", "value", "data", "columns", "index", "0", "1", "granularity"]
        )
        | DATES
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=8) | st.dictionaries(names, inner, max_size=5),
        max_leaves=40,
    )


def check_sentence(error: SeriesFileError) -> None:
    assert str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 5000
    assert error.line is None or error.line >= 1


def check(raw: bytes, options: ReadOptions) -> SeriesFile | None:
    """Read, and hold what is promised of every file."""
    try:
        file = read_series_file(raw, options)
    except SeriesFileError as error:
        check_sentence(error)
        return None
    assert file.series
    for series in file.series:
        request = series.request
        if file.is_request:
            continue
        assert all(map(math.isfinite, request.values()))
        assert series.name is None or series.name.isprintable()
        stamps = request.stamps()
        if stamps is not None:
            times = to_nanoseconds(stamps)
            assert (np.diff(times) > 0).all()
            shown = request.stamps_as_written()
            assert shown is not None
            assert len(shown) == len(stamps)
        json.loads(request.body())
    return file


@examples(400)
@given(raw=st.binary(max_size=400), options=OPTIONS)
def test_any_bytes_are_series_or_a_sentence(raw: bytes, options: ReadOptions) -> None:
    check(raw, options)


@examples(600)
@given(text=tables(), options=OPTIONS)
def test_any_table_is_series_or_a_sentence(text: str, options: ReadOptions) -> None:
    check(text.encode("utf-8", "replace"), options)
    check(text.encode("utf-16", "replace"), options)


@examples(600)
@given(document=documents(), options=OPTIONS)
def test_any_json_is_series_or_a_sentence(document: object, options: ReadOptions) -> None:
    check(json.dumps(document).encode(), options)
    check(json.dumps(document).encode() + b"\n" + json.dumps(document).encode(), options)


@examples(200)
@given(cells=st.lists(st.integers(10_000, 99_999), min_size=3, max_size=20), spoilt=st.integers(0, 19))
def test_no_sentence_holds_a_value(cells: list[int], spoilt: int) -> None:
    written = [f"2026-01-{day:02},{cell}" for day, cell in enumerate(cells, start=1)]
    at = spoilt % len(cells)
    for bad in (f"2026-01-{at + 1:02},{cells[at]}x", f"nonsense {cells[at]},{cells[at]}"):
        rows = [*written[:at], bad, *written[at + 1 :]]
        with pytest.raises(SeriesFileError) as caught:
            read_series_file("\n".join(["date,load", *rows]).encode(), ReadOptions())
        assert caught.value.line == at + 2
        assert not any(str(cell) in str(caught.value) for cell in cells)


MEGABYTE = 1_000_000
HOSTILE = {
    "commas": b"," * 20 * MEGABYTE,
    "one line": b"a" * 10 * MEGABYTE,
    "digits": b"9" * 10 * MEGABYTE,
    "an open quote": b'timestamp,value\n"' + b"a,b\n" * MEGABYTE,
    "quotes": b'"a\n",' * MEGABYTE,
    "a million columns": b",".join(b"c%d" % number for number in range(MEGABYTE)),
    "zeros": bytes(10 * MEGABYTE),
    "blank lines": b"\n" * 20 * MEGABYTE,
    "old line ends": b"\r" * 20 * MEGABYTE,
    "a long list": b"[" + b"1," * 17 * MEGABYTE + b"1]",
    "a deep list": b"[" * 10 * MEGABYTE,
    "a deep object": b'{"a":' * MEGABYTE,
    "many names": b"[" + b",".join(b'{"k%d":1}' % number for number in range(100_000)) + b"]",
    "many digits": b"[" + b"9" * 10 * MEGABYTE + b"]",
    "a long date": b"date,v\n" + b"1/" * 60_000 + b",1\n",
    "a long number": b"date,v\n2026-01-01," + b"1 " * 60_000,
    "half of UTF-16": b"\xff\xfe" + b"\x00" * (10 * MEGABYTE + 1),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_in_a_sentence_within_seconds(raw: bytes) -> None:
    began = process_time()
    assert check(raw, ReadOptions()) is None
    assert process_time() - began < 20
