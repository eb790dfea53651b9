"""Rows as they stand with new cells behind them, byte for byte, with each build of the kernels.

The smallest example: `a,1` with the number 0.5 and the flag True is `a,1,0.5,True`.
"""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from anomaly_container.detection.batches.csv_append import FORMULA_MARKS, Column, Words, append
from anomaly_container.detection.batches.csv_block import Block, parse_block
from anomaly_container.detection.batches.csv_rows import Rows
from tests.naive.batches import csv_block as naive
from tests.unit.detection.batches.tables import hostile

pytestmark = pytest.mark.usefixtures("build")

NUMBERS = [
    *(0.0, -0.0, 0.1, 12.0, 1e-05, 0.0001, -0.0001, 0.00012, 1.5, -3.1303, 0.30000000000000004, 1 / 3),
    *(1e10, 1e11 - 0.0001, 1e11, 123456789012.5, 1e15, 1e16, 1e22, 1.7976931348623157e308, 5e-324),
    *(99999999999.9999, -99999999999.9999, 0.99995, 1e150, 2.0**53, 9999.9999, 0.5000, 100.0, -1e-300),
]


def lines(count: int) -> Block:
    return parse_block(Rows(b"x\n" * count, count, 1), b",", fields=1, wanted=[])


def written(column: Column, count: int) -> list[str]:
    return [line[2:] for line in append(lines(count), [column]).decode().split("\n")[:-1]]


def test_new_cells_stand_behind_the_row() -> None:
    block = parse_block(Rows(b"a,1\n", 1, 1), b",", fields=2, wanted=[1])
    assert append(block, [np.array([0.5]), np.array([True])]) == b"a,1,0.5,True\n"


def test_numbers_are_written_as_pandas_writes_them() -> None:
    numbers = np.array(NUMBERS)
    assert written(numbers, len(NUMBERS)) == [repr(number) for number in NUMBERS]
    frame = pd.DataFrame({"x": ["x"] * len(NUMBERS), "number": numbers})
    assert append(lines(len(NUMBERS)), [numbers]) == frame.to_csv(index=False, header=False).encode()


@pytest.mark.parametrize("seed", range(6))
def test_numbers_are_the_shortest_that_read_back(seed: int) -> None:
    random = np.random.default_rng(seed)
    scale = np.power(10.0, random.integers(-6, 14, 3000))
    numbers = np.round(random.standard_normal(3000) * scale, int(random.integers(8))).astype(np.float64)
    assert written(numbers, 3000) == [repr(number) for number in numbers.tolist()]
    rounded = np.round(numbers, 4).astype(np.float64)
    assert written(rounded, 3000) == [repr(number) for number in rounded.tolist()]


def test_what_is_not_finite_is_a_gap() -> None:
    assert written(np.array([np.nan, np.inf, -np.inf, 1.0]), 4) == ["", "", "", "1.0"]


def test_flags_integers_words_and_empty_columns() -> None:
    assert written(np.array([True, False]), 2) == ["True", "False"]
    assert written(np.array([-1, 2**63 - 1, -(2**63)]), 3) == [
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
    ]
    assert written(np.array([1, 0], dtype=np.int8), 2) == ["1", "0"]
    assert written(Words.of(["a", "", "a", "ä"]), 4) == ["a", "", "a", "ä"]
    assert written(None, 2) == ["", ""]


def test_no_columns_leave_the_rows() -> None:
    block = parse_block(Rows(b"a,1\r\n\r\nb", 2, 1), b",", fields=2, wanted=[])
    assert append(block, []) == b"a,1\nb,\n"


def test_a_column_need_not_be_contiguous() -> None:
    table = np.arange(6.0).reshape(3, 2)
    assert written(table[:, 1], 3) == ["1.0", "3.0", "5.0"]


@pytest.mark.parametrize("separator", [b",", b";", b"\t", b"|"])
def test_a_word_is_quoted_as_the_csv_module_quotes_it(separator: bytes) -> None:
    words = ["plain", "a,b", "a;b", "a\tb", "a|b", 'say "x"', "two\nlines", "two\rlines", "", " x "]
    block = parse_block(Rows(b"x\n" * 10, 10, 1), separator, fields=1, wanted=[])
    expected = io.StringIO()
    csv.writer(expected, delimiter=separator.decode()).writerows(["x", word] for word in words)
    assert append(block, [Words(np.arange(10), words)]).decode() == expected.getvalue().replace("\r\n", "\n")


@pytest.mark.parametrize("mark", FORMULA_MARKS)
def test_no_cell_of_ours_begins_like_a_formula(mark: str) -> None:
    with pytest.raises(ValueError, match="like a formula"):
        Words(np.array([0]), [f"{mark}SUM(A1)"])
    for column in (np.array(NUMBERS), np.array([1, -1]), np.array([True, False]), None):
        count = 1 if column is None else column.size
        assert not any(cell.startswith(mark) for cell in written(column, count))


def test_a_decimal_comma_is_written_if_asked_for() -> None:
    block = parse_block(Rows(b"x;1,5\n" * 3, 3, 1), b";", fields=2, wanted=[1], decimal_comma=True)
    numbers = np.array([0.25, 1e-05, 1 / 3])
    assert append(block, [numbers], decimal_comma=True) == (
        b"x;1,5;0,25\nx;1,5;1e-05\nx;1,5;0,3333333333333333\n"
    )
    with pytest.raises(ValueError, match="decimal comma"):
        append(lines(1), [np.array([0.5])], decimal_comma=True)


@pytest.mark.parametrize(
    "column",
    [np.zeros(2), np.zeros((3, 1)), Words(np.array([0, 1, 2]), ["a", "b"]), Words(np.array([0, -1, 0]), "a")],
)
def test_a_column_that_does_not_fit_is_refused(column: Column) -> None:
    with pytest.raises(ValueError, match=r"shape|place"):
        append(lines(3), [column])


def test_hostile_tables_keep_their_rows_and_get_every_cell() -> None:
    seen = 0
    for seed, (separator, data) in enumerate(hostile(800)):
        try:
            expected = naive.rows(data, separator[0])
        except naive.Unclosed:
            continue
        fields = max((len(row.cells) for row in expected), default=1)
        block = parse_block(Rows(data, len(expected), 1), separator, fields=fields, wanted=[])
        random = np.random.default_rng(seed)
        numbers = random.standard_normal(len(expected))
        flags = numbers > 0
        scores = np.round(numbers, 4)
        output = append(block, [numbers, flags, scores])
        added = zip(expected, numbers.tolist(), flags.tolist(), scores.tolist(), strict=True)
        mark = separator.decode()
        assert output == b"".join(
            row.text
            + separator * (fields - len(row.cells))
            + f"{mark}{number!r}{mark}{flag}{mark}{score!r}\n".encode()
            for row, number, flag, score in added
        )
        again = naive.rows(output, separator[0])
        assert [len(row.cells) for row in again] == [fields + 3] * len(expected)
        assert [row.cells[: len(old.cells)] for row, old in zip(again, expected, strict=True)] == [
            old.cells for old in expected
        ]
        seen += len(expected)
    assert seen > 2000
