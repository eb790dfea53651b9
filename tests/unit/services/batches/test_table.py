"""Tables, block by block.

The smallest example: of `t,a,b / x,1,2 / y,,4` the columns a and b are the rows (1, 2) and (a gap, 4).
"""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.services.batches.dead_letters import DeadLetterError, Reason
from anomaly_container.services.batches.table import Table, TableOptions

OPTIONS = TableOptions(
    is_strict=False,
    renamed={},
    time_column="t",
    ignored=(),
    max_bytes=1 << 20,
    max_rows=100_000,
    max_columns=8,
    max_cell=1000,
    block_rows=1000,
)


def table(text: str | bytes, **words: object) -> Table:
    data = text.encode() if isinstance(text, str) else text
    return Table([data], "raw/a.csv", replace(OPTIONS, **words))  # type: ignore[arg-type]  # fields


def values(found: Table, *columns: str) -> list[list[float]]:
    return [row for part in found.blocks(found.places(columns)) for row in part.values.tolist()]


def refusal(text: str | bytes, *columns: str, **words: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(DeadLetterError) as refused:
        values(table(text, **words), *(columns or ("a",)))
    return refused.value.reason, refused.value.detail


def test_columns_by_name() -> None:
    found = table("t,a,b\nx,1,2\ny,,4\n")
    assert found.names == ["t", "a", "b"]
    assert found.time_place == 0
    np.testing.assert_array_equal(values(found, "a", "b"), [[1.0, 2.0], [np.nan, 4.0]])
    assert found.rows == 2
    assert found.header(["z"]) == b"t,a,b,z\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_gives_most_fields(separator: str) -> None:
    text = f"t{separator}a{separator}b\nx{separator}1{separator}2\n"
    assert values(table(text), "a", "b") == [[1.0, 2.0]]
    assert len(table(text, is_strict=True).names) == (3 if separator == "," else 1)


def test_a_decimal_comma_beside_semicolons() -> None:
    assert values(table("a;b\n1,5;2\n"), "a", "b") == [[1.5, 2.0]]
    for text, row in (("a;b\n1,5;2\n", b"1,5;2;0,25\n"), ("a;b\n1.5;2\n", b"1.5;2;0.25\n")):
        found = table(text)
        [part] = found.blocks(found.places(["a", "b"]))
        assert found.append(part, [np.array([0.25])]) + found.end() == row


def test_a_missing_column_is_all_gaps_in_default_mode_only() -> None:
    found = table("a,c\n1,2\n3,4\n")
    places = found.places(["b", "a"])
    assert places == (None, 0)
    [part] = found.blocks(places)
    np.testing.assert_array_equal(part.values, [[np.nan, 1.0], [np.nan, 3.0]])
    assert part.bad_cells == [0, 0]
    assert refusal("a,c\n1,2\n", "b", "a", is_strict=True) == (Reason.MISSING_COLUMN, {"column": "b"})
    assert refusal("x,y\n1,2\n") == (Reason.NO_COLUMNS, {})


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("", Reason.EMPTY, {}),
        ("\n\n", Reason.EMPTY, {}),
        ("a\n", Reason.NO_ROWS, {}),
        ("a\n\n\n", Reason.NO_ROWS, {}),
        ("a,b,c\n1,2,3\n", Reason.TOO_MANY_COLUMNS, {"max_columns": 2}),
        ("a\n" + "1\n" * 11, Reason.TOO_BIG, {"max_rows": 10}),
        ("a\n" + "1\n" * 11, Reason.TOO_BIG, {"max_bytes": 20}),
        ("a\n" + "1" * 1001, Reason.TOO_BIG, {}),
        (b"a\n\xff\n", Reason.BAD_ENCODING, {"is_strict": True}),
    ],
)
def test_refused_tables(text: str | bytes, reason: Reason, words: dict[str, object]) -> None:
    assert refusal(text, **words)[0] is reason


@pytest.mark.parametrize("before", [1, 999, 2500])
def test_a_long_row_is_refused_with_its_line(before: int) -> None:
    text = "a,b\n" + "1,2\n" * before + "1,2,3\n" + "1,2\n"
    assert refusal(text) == (Reason.RAGGED, {"line": before + 2})


def test_a_short_row_ends_in_gaps() -> None:
    np.testing.assert_array_equal(values(table("a,b\n1\n2,3\n"), "a", "b"), [[1.0, np.nan], [2.0, 3.0]])


def test_blocks() -> None:
    found = table("a\n" + "".join(f"{number}\n" for number in range(2500)))
    sizes = [part.values.shape[0] for part in found.blocks(found.places(["a"]))]
    assert sizes == [1000, 1000, 500]


@pytest.mark.parametrize("piece", [1, 3, 17])
def test_pieces_may_be_cut_anywhere(piece: int) -> None:
    data = gzip.compress(b't,a\r\n"x\r\ny",1\r\n"",2\r\n')
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    assert values(Table(pieces, "raw/a.csv.gz", OPTIONS), "a") == [[1.0], [2.0]]


def test_the_columns_that_are_numbers() -> None:
    found = table("t,a,text,none,id,b\n2,1,x,,7,\n3,2,y,,8,4.5\n", ignored=("id",))
    assert found.numeric_columns() == ("a", "b")
    np.testing.assert_array_equal(values(found, "a", "b"), [[1.0, np.nan], [2.0, 4.5]])


@pytest.mark.parametrize(("text", "reason"), [("a\nx\n", Reason.NO_COLUMNS), ("a\n", Reason.NO_ROWS)])
def test_a_first_table_without_numbers(text: str, reason: Reason) -> None:
    with pytest.raises(DeadLetterError) as refused:
        table(text).numeric_columns()
    assert refused.value.reason is reason


def test_text_in_a_number_is_counted() -> None:
    found = table("a,b\n1,x\n,y\ninf,3\n")
    [part] = found.blocks(found.places(["a", "b", "c"]))
    assert part.bad_cells == [0, 2, 0]
    assert np.isnan(part.values[1:, 0]).all()


def test_the_encoding_is_shown() -> None:
    found = table("a\n1\n".encode("utf-16"))
    assert (values(found, "a"), found.encoding) == ([[1.0]], "utf-16-le")
