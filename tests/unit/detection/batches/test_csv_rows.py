"""A stream is cut at row ends, wherever its chunks end.

The smallest example: `1,"a` and `b"`, in two chunks, are one row of two lines.
"""

from __future__ import annotations

import pytest

from anomaly_container.detection.batches import _kernels, csv_twin
from anomaly_container.detection.batches.csv_rows import (
    LARGEST_MAX_CELL,
    SEPARATORS,
    RowReader,
    Rows,
    TableError,
)
from tests.naive.batches import csv_block as naive
from tests.unit.detection.batches.tables import hostile

pytestmark = pytest.mark.usefixtures("build")


def blocks(data: bytes, separator: bytes, *, count: int = 2, chunk: int = 1 << 20) -> list[Rows]:
    """Cut a table that comes in chunks."""
    reader = RowReader()
    found: list[Rows] = []
    for start in range(0, len(data), chunk):
        reader.feed(data[start : start + chunk])
        while (rows := reader.take(count, separator)) is not None:
            found.append(rows)
    reader.finish()
    while (rows := reader.take(count, separator)) is not None:
        found.append(rows)
    return found


def test_a_row_may_go_on_in_the_next_chunk() -> None:
    reader = RowReader()
    reader.feed(b'1,"a\n')
    assert reader.take(1, b",") is None
    reader.feed(b'b"\n2')
    assert reader.take(1, b",") == Rows(b'1,"a\nb"\n', 1, 1)
    assert reader.take(1, b",") is None
    reader.finish()
    assert reader.take(1, b",") == Rows(b"2\n", 1, 3)
    assert reader.take(1, b",") is None


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_rows_end_with_any_line_end_and_blank_lines_are_skipped(end: bytes, chunk: int) -> None:
    lines = [b"", b"a,b", b"  ", b"\t", b"1,2", b"", b"3,4", b",", b'""', b"5,6", b" \t "]
    found = blocks(end.join(lines), b",", chunk=chunk)
    assert [(rows.count, rows.first_line) for rows in found] == [(2, 1), (2, 6), (2, 9)]
    assert b"".join(rows.data for rows in found).startswith(end.join(lines[:-1]))


def test_hostile_tables_are_cut_where_the_naive_twin_cuts_them_at_any_chunk() -> None:
    cut = 0
    for seed, (separator, data) in enumerate(hostile(600)):
        try:
            expected = naive.rows(data, separator[0])
        except naive.Unclosed:
            with pytest.raises(TableError, match="not closed"):
                blocks(data, separator, chunk=1 + seed % 7)
            continue
        found = blocks(data, separator, chunk=1 + seed % 7)
        assert found == blocks(data, separator)
        texts = [row for rows in found for row in naive.rows(rows.data, separator[0], rows.first_line)]
        assert texts == expected
        assert all(rows.count == 2 for rows in found[:-1])
        cut += len(expected)
    assert cut > 2000


def test_a_header_is_cut_before_its_separator_is_known() -> None:
    reader = RowReader()
    reader.feed(b'a;"b\n|c"\t5" x\n1;2\n')
    assert reader.take(1, SEPARATORS) == Rows(b'a;"b\n|c"\t5" x\n', 1, 1)
    assert reader.take(1, b";") == Rows(b"1;2\n", 1, 3)


def test_fewer_rows_may_be_asked_for_than_before() -> None:
    reader = RowReader()
    reader.feed(b"1\n2\n3\n")
    assert reader.take(5, b",") is None
    assert reader.take(2, b",") == Rows(b"1\n2\n", 2, 1)


@pytest.mark.parametrize("cell", [b"x" * 11, b'"' + b"x" * 11 + b'"', b'"' + b'""' * 11 + b'"'])
@pytest.mark.parametrize("rest", [b"\n", b",2\n", b"\r\n", b""])
def test_a_cell_beyond_the_bound_is_refused_with_its_line(cell: bytes, rest: bytes) -> None:
    reader = RowReader(max_cell=10)
    reader.feed(b"1,2\n\n\r\n3," + cell + rest)
    with pytest.raises(TableError) as refused:
        reader.take(4, b",")
    assert (refused.value.kind, refused.value.line) == ("too_big", 4)
    assert str(refused.value) == "line 4: a cell has more than 10 bytes"


@pytest.mark.parametrize("cell", [b"x" * 10, b'"' + b"x" * 10 + b'"', b'"' + b'""' * 10 + b'"'])
def test_a_cell_at_the_bound_is_taken(cell: bytes) -> None:
    reader = RowReader(max_cell=10)
    reader.feed(cell + b"," + cell + b"\n")
    assert reader.take(1, b",") == Rows(cell + b"," + cell + b"\n", 1, 1)


def test_a_quote_that_is_never_closed_does_not_wait_for_ever() -> None:
    reader = RowReader(max_cell=100)
    reader.feed(b'1,2\n3,"4\n')
    assert reader.take(3, b",") is None
    for _ in range(24):
        reader.feed(b"5,6\n")
        assert reader.take(3, b",") is None
    reader.feed(b"5,6\n")
    with pytest.raises(TableError) as refused:
        reader.take(3, b",")
    assert (refused.value.kind, refused.value.line) == ("too_big", 2)


def test_a_quote_that_is_open_at_the_end_is_refused_with_its_line() -> None:
    reader = RowReader()
    reader.feed(b'1,2\n3,4\n5,"6\n7,8\n')
    reader.finish()
    with pytest.raises(TableError) as refused:
        reader.take(10, b",")
    assert (refused.value.kind, refused.value.line) == ("ragged", 3)
    assert refused.value.detail == "a quoted cell is not closed"


def test_a_row_without_an_end_is_refused() -> None:
    reader = RowReader(max_waiting=1000)
    reader.feed(b"1,2,3,4," * 125)
    assert reader.take(3, b",") is None
    reader.feed(b"1")
    with pytest.raises(TableError, match="line 1: a block has more than 1000 bytes"):
        reader.take(3, b",")


def test_a_long_row_is_not_read_again_for_every_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    owner = _kernels.compiled or csv_twin
    scan = owner.scan_rows

    def counted(waiting: bytearray, start: int, *rest: object) -> object:
        nonlocal read
        read += len(waiting) - start
        return scan(waiting, start, *rest)

    monkeypatch.setattr(owner, "scan_rows", counted)
    reader = RowReader()
    size, chunk = 8 << 20, 1 << 16
    for _ in range(size // chunk):
        reader.feed(b"1,2,3,4," * (chunk // 8))
        assert reader.take(2, b",") is None
    reader.feed(b"5\n6\n")
    reader.finish()
    rows = reader.take(2, b",")
    assert rows is not None
    assert (len(rows.data), rows.count) == (size + 4, 2)
    # Up to a mebibyte it is read with each of sixteen chunks, then at each doubling.
    assert read < 4 * size


@pytest.mark.parametrize("max_cell", [0, LARGEST_MAX_CELL + 1])
def test_the_bound_of_a_cell_has_bounds(max_cell: int) -> None:
    with pytest.raises(ValueError, match="max_cell is between 1 and 131072"):
        RowReader(max_cell=max_cell)


def test_a_cell_beyond_the_csv_module_is_refused_too() -> None:
    reader = RowReader(max_cell=LARGEST_MAX_CELL)
    reader.feed(b"1\n" + b"x" * (LARGEST_MAX_CELL + 1) + b"\n")
    with pytest.raises(TableError, match="line 2: a cell has more than 131072 bytes"):
        reader.take(2, b",")
