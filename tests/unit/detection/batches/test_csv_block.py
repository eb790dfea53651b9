"""Columns of a block, beside pandas, a naive twin and Python's own numbers, with each build of the kernels.

The smallest example: of the rows `a,1.5` and `b,NA` the second column is 1.5 and a gap.
"""

from __future__ import annotations

import io
import locale
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are not installed
import pytest

from anomaly_container.detection.batches.csv_block import Block, parse_block
from anomaly_container.detection.batches.csv_rows import Rows, TableError
from tests.naive.batches import csv_block as naive
from tests.unit.detection.batches.tables import hostile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("build")

CELLS = """\
1.5 +5 -5 .5 5. -.5 . + - e5 1e5 1E5 1e+5 1e-5 1e 1e+ 1d5 1D5 1_000 0x10 0x 1e-400 nan NaN NAN -nan
+nan -NaN +NaN NULL null Null None none N/A n/a #N/A #NA <NA> 1.#IND 1.#QNAN -1.#IND -1.#QNAN NA
True False true TRUE 1.5e3.2 1..5 1.5. 00012 -0 0e0 1'000 1.5f 1.5L 5% $5 (5) 1e0005
0.0000e99999999999 123456789012345678901234567890 5.e3 .e3 1e5e5 9223372036854775808 --5 +-5
4.9406564584124654e-324 2e-324 0.1e-310 11111111111111111111e-15 1e-0 1e22 1e23 "1.5" "" "NA" 1"5"
"1"5 "1""5" infinit in 1inf 0b1 0o7 1j 1e1. 1e.5 e E5 1E +.5e-3 1e+-5 0.30000000000000004 infi nane
"""
SPACED = [
    *(" 1.5", "1.5 ", "  1.5  ", "\t1.5", "1.5\t", "\v1", "1\f", "+ 5", "- 5", "1e 5", "1 e5", "1 5", "1e5 "),
    *(" nan", "nan ", " NA", "NA ", " inf", " ", "  ", '" 1.5"', '"1.5 "', '"1\n"', '"\r1"', "#N/A N/A"),
    *("\xa01.5", "1.5\xa0", "\uff11", "\u0663", "\x1f1", "\x85" + "1", "1\x00", "\x00"),
    *(f"0.{'0' * 400}1e401", "1" * 400 + "e-399", "0" * 300 + "7", "7" + "0" * 100, "9" * 150),
]
INFINITIES = """\
1e400 -1e400 1e99999999999 inf Inf INF -inf +inf infinity Infinity -Infinity +INFINITY iNf iNfInItY
"""


def column(*cells: str, decimal_comma: bool = False) -> Block:
    """Read cells as the second column of a table."""
    rows = Rows("".join(f"t;{cell};x\n" for cell in cells).encode(), len(cells), 1)
    return parse_block(rows, b";", fields=3, wanted=[1], decimal_comma=decimal_comma)


def test_a_gap_is_nan() -> None:
    block = parse_block(Rows(b"a,1.5\nb,NA\n", 2, 1), b",", fields=2, wanted=[1])
    np.testing.assert_array_equal(block.numbers, [[1.5], [np.nan]])
    assert (block.gaps.tolist(), block.out_of_range.tolist(), block.bad_cells.tolist()) == ([1], [0], [0])


@pytest.mark.parametrize("cell", [*CELLS.split(), *SPACED])
def test_a_cell_is_what_pandas_reads(cell: str) -> None:
    frame = pd.read_csv(io.BytesIO(f"a;b\n1.5;x\n{cell};y\n".encode()), sep=";")
    block = parse_block(Rows(f"1.5;x\n{cell};y\n".encode(), 2, 2), b";", fields=2, wanted=[0])
    if frame["a"].dtype == np.float64:
        # Its default reader of numbers is off by a bit at times.
        np.testing.assert_allclose(block.numbers[:, 0], frame["a"], rtol=1e-15, atol=0)
        assert block.gaps[0] == frame["a"].isna().sum()
        assert (block.bad_cells[0], block.first_bad[0]) == (0, -1)
    else:
        assert np.isnan(block.numbers[1, 0])
        assert (block.gaps[0], block.bad_cells[0], block.first_bad[0]) == (0, 1, 1)


@pytest.mark.parametrize("cell", INFINITIES.split())
def test_what_pandas_reads_as_infinite_is_out_of_range(cell: str) -> None:
    assert np.isinf(pd.read_csv(io.StringIO(f"a\n{cell}\n"))["a"][0])
    block = column(cell)
    assert np.isnan(block.numbers[0, 0])
    assert (block.gaps[0], block.out_of_range[0], block.bad_cells[0]) == (0, 1, 0)


def test_a_number_whose_square_overflows_is_out_of_range() -> None:
    block = column("1e150", "-1e150", "1.0000001e150", "-1e151")
    np.testing.assert_array_equal(block.numbers[:, 0], [1e150, -1e150, np.nan, np.nan])
    assert block.out_of_range[0] == 2


@pytest.mark.parametrize("seed", range(8))
def test_every_number_is_the_nearest_double(seed: int) -> None:
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(2000):
        digits = "".join(map(str, random.integers(10, size=int(random.integers(1, 26)))))
        point = int(random.integers(len(digits) + 1))
        exponent = f"e{random.integers(-40, 40)}" if random.random() < 0.4 else ""
        texts.append(f"{digits[:point]}.{digits[point:]}{exponent}")
    texts += [repr(float(x)) for x in random.standard_normal(1000) * 10.0 ** random.integers(-300, 140, 1000)]
    found = column(*texts).numbers[:, 0]
    np.testing.assert_array_equal(found, np.array([float(text) for text in texts]))
    assert not np.isnan(found).any()


def test_numbers_halfway_between_two_doubles_go_to_the_even_one() -> None:
    # 2^53 + 1 and its like, with and without decimals, and one digit to either side of the middle.
    texts = [
        f"{whole}{tail}"
        for power in (53, 54, 60, 63)
        for whole in (2**power + 2 ** (power - 53), 2**power + 3 * 2 ** (power - 53))
        for tail in ("", ".0", ".000000001", "e0")
    ]
    texts += ["9007199254740993e-3", "4503599627370497.5", "4503599627370498.5", "1.00000000000000011102"]
    # The quotient's first 63 bits end halfway, and only the remainder says to which side.
    texts += ["2699549814031953210e-19", "1607944710337317340e-18", "9276312606447683629e-19"]
    assert column(*texts).numbers[:, 0].tolist() == [float(text) for text in texts]


def test_zero_keeps_its_sign() -> None:
    assert np.signbit(column("-0", "0", "-0.0e5", "-1e-400").numbers[:, 0]).tolist() == [
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("cell", "value", "commas"),
    [
        ("1,5", 1.5, 1),
        ("1.5", 1.5, 0),
        ("-,5e1", -5.0, 1),
        ('"1,5"', 1.5, 1),
        ("1,2345678901234567890123", 1.2345678901234567, 1),
        ("1.234,5", np.nan, 0),
        ("1,234,5", np.nan, 0),
        (",", np.nan, 0),
    ],
)
def test_a_decimal_comma_is_read_if_allowed(cell: str, value: float, commas: int) -> None:
    block = column(cell, decimal_comma=True)
    np.testing.assert_array_equal(block.numbers, [[value]])
    assert block.decimal_commas == commas
    assert np.isnan(column(cell).numbers[0, 0]) == ("," in cell)


def test_hostile_tables_are_those_of_the_naive_twin() -> None:
    seen = 0
    for separator, data in hostile(1500):
        try:
            expected = naive.rows(data, separator[0])
        except naive.Unclosed:
            with pytest.raises(TableError, match="not closed"):
                parse_block(Rows(data, len(data), 1), separator, fields=99, wanted=[0])
            continue
        fields = max((len(row.cells) for row in expected), default=1)
        wanted = list(range(fields - 1, -1, -2))
        comma = separator == b";"
        block = parse_block(
            Rows(data, len(expected), 1), separator, fields=fields, wanted=wanted, decimal_comma=comma
        )
        assert_is_naive(block, expected, fields, wanted, comma=comma)
        seen += len(expected)
    assert seen > 5000


def assert_is_naive(
    block: Block, expected: list[naive.Row], fields: int, wanted: list[int], *, comma: bool
) -> None:
    texts = [block.rows.data[start:end] for start, end, _ in block.layout.tolist()]
    assert texts == [row.text for row in expected]
    assert block.layout[:, 2].tolist() == [fields - len(row.cells) for row in expected]
    assert [block.line(row) for row in range(len(expected))] == [row.line for row in expected]
    for place, field in enumerate(wanted):
        cells = [[*row.cells, *[b""] * fields][field] for row in expected]
        assert block.text(field) == [cell.decode("utf-8", "replace") for cell in cells]
        numbers = [naive.number(cell, comma=comma) for cell in cells]
        np.testing.assert_array_equal(block.numbers[:, place], [value for value, _ in numbers])
        kinds = [kind for _, kind in numbers]
        assert block.gaps[place] == kinds.count("gap")
        assert block.out_of_range[place] == kinds.count("out of range")
        assert block.bad_cells[place] == kinds.count("text")
        assert block.first_bad[place] == (kinds.index("text") if "text" in kinds else -1)


@pytest.mark.parametrize("row", [b"1,2,3", b"1,2,", b'1,"2",""'])
def test_a_long_row_is_refused_with_its_line(row: bytes) -> None:
    rows = Rows(b'\n1,"a\r\nb"\r\r' + row + b"\n4,5\n", 3, 10)
    with pytest.raises(TableError) as refused:
        parse_block(rows, b",", fields=2, wanted=[0])
    assert (refused.value.kind, refused.value.line) == ("ragged", 14)
    assert refused.value.detail == "3 cells, the header has 2"


def test_a_short_row_is_filled_with_gaps() -> None:
    block = parse_block(Rows(b"1,2,3\n4\n5,\n", 3, 1), b",", fields=3, wanted=[0, 1, 2])
    np.testing.assert_array_equal(block.numbers, [[1, 2, 3], [4, np.nan, np.nan], [5, np.nan, np.nan]])
    assert block.gaps.tolist() == [0, 2, 2]
    assert block.layout[:, 2].tolist() == [0, 2, 1]
    assert block.text(1) == ["2", "", ""]


def test_a_block_may_have_no_rows_and_no_wanted_columns() -> None:
    assert parse_block(Rows(b"\n  \r\n", 0, 1), b",", fields=2, wanted=[1]).numbers.shape == (0, 1)
    block = parse_block(Rows(b"a,b\nc", 2, 1), b",", fields=2, wanted=[])
    assert block.numbers.shape == (2, 0)
    assert list(block.cells()) == [["a", "b"], ["c"]]
    assert block.text(0, slice(-1, None)) == ["c"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_rows_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"does not have {count} rows"):
        parse_block(Rows(b"1\n2\n", count, 1), b",", fields=1, wanted=[0])


@pytest.mark.parametrize("wanted", [[2], [-1], [0, 0]])
def test_wanted_columns_are_places_in_the_header(wanted: list[int]) -> None:
    with pytest.raises(ValueError, match="places in the header"):
        parse_block(Rows(b"1,2\n", 1, 1), b",", fields=2, wanted=wanted)


@pytest.mark.parametrize("separator", [b"", b"1", b'"', b",;"])
def test_a_separator_is_one_of_four(separator: bytes) -> None:
    with pytest.raises(ValueError, match="one of SEPARATORS"):
        parse_block(Rows(b"1\n", 1, 1), separator, fields=1, wanted=[0])


@pytest.mark.parametrize("cell", [b"1" * 131_073, b'"' + b"1" * 131_073 + b'"'])
def test_a_cell_beyond_the_csv_module_is_refused(cell: bytes) -> None:
    with pytest.raises(TableError, match="line 2: a cell has more than 131072 bytes"):
        parse_block(Rows(b"1\n" + cell + b"\n", 2, 1), b",", fields=1, wanted=[0])


@pytest.fixture
def decimal_comma_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set a locale of the process in which the decimal mark is a comma."""
    program = shutil.which("localedef")
    if program is None:
        pytest.skip("there is no localedef to make a locale with a decimal comma")
    subprocess.run(  # noqa: S603  # a program of the C library
        [program, "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], check=True, timeout=60
    )
    monkeypatch.setenv("LOCPATH", str(tmp_path))
    locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
    yield
    locale.setlocale(locale.LC_NUMERIC, "C")


@pytest.mark.usefixtures("decimal_comma_locale")
def test_the_locale_of_the_process_does_not_matter() -> None:
    assert locale.localeconv()["decimal_point"] == ","
    assert column("1.2345678901234567890123", "1.5").numbers[:, 0].tolist() == [1.2345678901234567, 1.5]


def test_threads_read_blocks_of_their_own() -> None:
    rows = Rows(b"".join(b"%d,%d.5\n" % (i, i) for i in range(3000)), 3000, 1)
    alone = parse_block(rows, b",", fields=2, wanted=[1, 0]).numbers
    found: list[bool] = []

    def read() -> None:
        values = parse_block(rows, b",", fields=2, wanted=[1, 0]).numbers
        found.append(bool((values == alone).all()))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4
