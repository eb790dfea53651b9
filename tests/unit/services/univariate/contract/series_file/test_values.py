"""Which columns are values, and what their commas and points mean."""

from __future__ import annotations

import pytest

from anomaly_container.services.univariate.contract.series_file import ALL
from tests.unit.services.univariate.contract.series_file.reading import moments, only, read, refusal


def column(cells: list[str], separator: str = ";") -> str:
    """Days beside cells, in quotes where the separator is a comma."""
    quote = '"' if separator == "," else ""
    rows = zip(moments(len(cells)), cells, strict=True)
    return "Day;Visits\n".replace(";", separator) + "".join(
        f"{moment:%Y-%m-%d}{separator}{quote}{cell}{quote}\n" for moment, cell in rows
    )


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["992", "998", "1,002", "997"], [992, 998, 1002, 997]),
        (["1,002,000", "2,000"], [1_002_000, 2000]),
        (["1,002.5", "2,000"], [1002.5, 2000]),
        (["1,002", "2.5"], [1002, 2.5]),
        (["1,00,000", "99,000"], [100_000, 99_000]),
        (["0,5", "1,002"], [0.5, 1.002]),
        (["1,5", "12,75"], [1.5, 12.75]),
        (["1.234,5", "1.002"], [1234.5, 1002]),
        (["1.234.567", "1.002"], [1_234_567, 1002]),
        (["992", "998", "1.002", "997"], [992, 998, 1002, 997]),
        (["1 234,5", "99"], [1234.5, 99]),
        (["1\u202f234", "99"], [1234, 99]),
        (["1'234.5", "99"], [1234.5, 99]),
        (["-1,234.5", "+2"], [-1234.5, 2]),
        (["1e3", "2.5E-1"], [1000, 0.25]),
        (["1,5e3", "2"], [1500, 2]),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_the_column_shows_what_its_marks_mean(cells: list[str], values: list[float], separator: str) -> None:
    assert only(column(cells, separator)).request.values() == values


def test_a_point_in_a_file_with_commas_is_a_decimal_one() -> None:
    assert only(column(["992", "998", "1.002", "997"], ",")).request.values() == [992, 998, 1.002, 997]
    assert only(column(["992", "998", "1,002", "997"], ",")).request.values() == [992, 998, 1002, 997]


@pytest.mark.parametrize("cells", [["1,002", "2,004"], ["1,002", "1002"], ["1,002", "1.003"]])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_what_stays_ambiguous_is_refused_with_advice(cells: list[str], separator: str) -> None:
    assert str(refusal(column(cells, separator))) == (
        "line 2: a comma may separate thousands or decimals here, and no other value shows which; "
        "write the numbers without thousands separators and with a decimal point"
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ["1,5", "1.5"],
            "line 3: commas and points have another meaning here than above; write all numbers in one way",
        ),
        (["1", "2", "x1"], "line 4: the value is not a number"),
        (["1", "2", "1,2,3"], "line 4: the value is not a number"),
        (["1", "1e999", "3"], "line 3: the value is too large"),
        (["1", "inf", "3"], "line 3: the value is not a number"),
        (["a", "b", "c"], "no column holds numbers; name the one to take with --value-column"),
    ],
)
def test_what_is_not_a_number_is_named_with_its_line(cells: list[str], message: str) -> None:
    assert str(refusal(column(cells))) == message


@pytest.mark.parametrize("absent", ["", "NaN", "NA", "n/a", "null", "None", " ", "-", "#N/A", "<NA>"])
def test_a_row_without_a_value_is_counted_and_is_no_point(absent: str) -> None:
    for cells in (["1", absent, "3"], [absent, absent, "3"], ["1", absent, absent]):
        series = only(column(cells))
        kept = [float(cell) for cell in cells if cell != absent]
        assert series.request.values() == kept
        assert series.without_value == 3 - len(kept)


TABLE = ",date,sales,on,device_id,store,price,flat\n" + "".join(
    f"{i},{m:%Y-%m-%d},{i * 37 % 11}.5,{i % 2},{9000 + i * 7},{i % 3},{i * 29 % 13}.25,7\n"
    for i, m in enumerate(moments(30))
)


def test_row_numbers_flags_identifiers_and_constants_are_not_values() -> None:
    error = refusal(TABLE)
    assert error.option == "--value-column"
    assert error.choices == ("sales", "price")
    assert [series.name for series in read(TABLE, value_columns=ALL).series] == ["sales", "price"]


def test_what_is_passed_over_is_said_but_for_row_numbers() -> None:
    rows = "".join(f"{i},{m:%Y-%m-%d},{i * 37 % 11}.5,{i % 2}\n" for i, m in enumerate(moments(30)))
    file = read(f",date,sales,on\n{rows}")
    assert file.notes == ("column 'on' is not taken: it holds flags",)
    assert file.series[0].request.values()[1] == 4.5


@pytest.mark.parametrize("title", ["", "Unnamed: 0", "index", "id", "row_number", "#"])
def test_row_numbers_have_many_names_and_may_have_gaps(title: str) -> None:
    rows = "".join(f"{i * i},{m:%Y-%m-%d},{i * 37 % 11}\n" for i, m in enumerate(moments(30)))
    assert only(f"{title},date,sales\n{rows}").request.values()[1] == 4


def test_one_column_is_taken_whatever_it_looks_like() -> None:
    for cells in (["5"] * 4, ["0", "1", "0", "1"], ["1", "2", "3", "4"]):
        assert only(column(cells)).request.values() == [float(cell) for cell in cells]


def test_a_column_called_value_is_taken_before_others() -> None:
    assert only("date,a,value\n2026-01-01,1.5,2.5\n").request.values() == [2.5]


def test_columns_are_taken_by_name_or_number_and_each_is_a_series() -> None:
    series = read(TABLE, value_columns=("price", "3")).series
    assert [each.name for each in series] == ["price", "sales"]
    assert series[0].request.values()[1] == 3.25
    assert only(TABLE, value_columns=("store",)).request.values()[:4] == [0, 1, 2, 0]


def test_an_address_is_not_a_number() -> None:
    rows = "".join(f"{m:%Y-%m-%d},10.0.{i}.1,1.2.{i},{i * 37 % 11}.5\n" for i, m in enumerate(moments(30)))
    assert only(f"date,ip,version,load\n{rows}").request.values()[1] == 4.5
