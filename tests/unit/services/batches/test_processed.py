"""Scored tables, read again for the routes.

The smallest example: of the rows `1,True` and `2,False` the first is returned with the key of its table.
"""

from __future__ import annotations

import gzip

import pytest
import zstandard

from anomaly_container.services.batches.processed import anomalous_rows, points

KEY = "processed/x.csv"


def rows(table: str, most: int = 100, key: str = KEY) -> list[dict[str, object]]:
    return anomalous_rows([table.encode()], key, most)


def test_flagged_rows_with_the_key_of_their_table() -> None:
    assert rows("a,anomaly\n1,True\n2,False\n") == [{"a": 1, "anomaly": True, "source_file": KEY}]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *(
            ("1", 1),
            ("-1", -1),
            ("+1", 1),
            ("007", 7),
            ("1.5", 1.5),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
        ),
        *(("True", True), ("False", False), ("true", "true"), ("", None), ("NaN", None), ("N/A", None)),
        *(
            ("1_000", "1_000"),
            ("\u0661", "\u0661"),
            ("0x10", "0x10"),
            ("1,5", "1,5"),
            ("2026-03-01", "2026-03-01"),
        ),
        *(("12345678901234567890", 12345678901234567890.0), ("--1", "--1"), ("ü\U0001f600", "ü\U0001f600")),
        *(("infinite", "infinite"), ("=1+1", "=1+1")),
    ],
)
def test_the_json_of_a_cell(cell: str, value: object) -> None:
    [row] = rows(f'a,anomaly\n"{cell}",True\n')
    assert row["a"] == value
    assert type(row["a"]) is type(value)


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999"])
def test_an_infinite_cell_is_a_number_that_json_does_not_have(cell: str) -> None:
    [row] = rows(f"a,anomaly\n{cell},True\n")
    assert str(row["a"]).lstrip("-") == "inf"


def test_rows_come_in_their_order_up_to_a_bound() -> None:
    table = "a,anomaly\n" + "".join(f"{row},{row % 3 == 0}\n" for row in range(50_000))
    assert [row["a"] for row in rows(table, 5)] == [0, 3, 6, 9, 12]
    assert len(rows(table, 1000)) == 1000


def test_the_last_column_of_that_name_counts() -> None:
    assert [row["a"] for row in rows("anomaly,a,anomaly\nTrue,1,False\nFalse,2,True\n")] == [2]


@pytest.mark.parametrize("table", ["", "\n", "a,b\n1,2\n", "anomaly\n", "anomaly"])
def test_a_table_without_flags_has_no_rows(table: str) -> None:
    assert rows(table) == []


def test_quotes_and_other_separators() -> None:
    assert rows('a;b;anomaly\n"x;y";"u ""v""";True\n') == [
        {"a": "x;y", "b": 'u "v"', "anomaly": True, "source_file": KEY}
    ]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_tables(suffix: str) -> None:
    data = b"a,anomaly\n1,True\n"
    packed = gzip.compress(data) if suffix == ".gz" else zstandard.compress(data)
    assert [row["a"] for row in anomalous_rows([packed], KEY + suffix, 5)] == [1]


TABLE = """when,a,b,a_zscore,a_zscore_flag,joint_flag,anomaly
t0,1,x,0.5,False,False,False
t1,,x,,False,False,False
t2,3,x,9.9,True,False,True
"""


def test_points_of_a_channel() -> None:
    found = points([TABLE.encode()], KEY, "a", "when")
    assert [(one["row"], one["time"], one["flag"]) for one in found] == [
        (0, "t0", False),
        (1, "t1", False),
        (2, "t2", True),
    ]
    assert (found[0]["value"], found[2]["value"]) == (1.0, 3.0)
    assert found[1]["value"] != found[1]["value"]  # not a number


@pytest.mark.parametrize(("flags", "is_marked"), [("False,True,True", True), ("True,False,False", False)])
def test_the_flag_of_a_point_is_that_of_its_row(flags: str, is_marked: bool) -> None:
    table = f"a,a_zscore_flag,joint_flag,anomaly\n1,{flags}\n"
    assert [one["flag"] for one in points([table.encode()], KEY, "a", "")] == [is_marked]


def test_points_without_a_time_column_have_their_row() -> None:
    assert [one["time"] for one in points([TABLE.encode()], KEY, "a", "none")] == ["0", "1", "2"]


def test_an_unknown_channel_has_no_points() -> None:
    assert points([TABLE.encode()], KEY, "c", "when") == []
    assert points([b""], KEY, "a", "when") == []


def test_points_have_a_bound() -> None:
    table = "when,a\n" + "".join(f"t{row},{row}\n" for row in range(30_000))
    found = points([table.encode()], KEY, "a", "when")
    assert 2500 <= len(found) <= 10_000
    assert (found[0]["row"], found[-1]["row"]) == (0, 29_999)
    assert len(points([table.encode()], KEY, "a", "when", 10)) <= 10
