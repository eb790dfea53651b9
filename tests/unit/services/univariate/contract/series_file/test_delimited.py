"""Delimited text: its separator, its header, its rows."""

from __future__ import annotations

import pytest

from tests.unit.services.univariate.contract.series_file.reading import only, read, refusal

ADVICE = (
    "a comma within a number, for thousands or decimals, or within a date needs quotes around it, or another "
    "separator between the fields"
)
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


def table(mark: str = ",", header: str | None = "timestamp,value") -> str:
    rows = ([header.replace(",", mark)] if header else []) + [
        f"{day}{mark}{i}.5" for i, day in enumerate(DAYS)
    ]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["timestamp,value", None])
def test_four_separators_with_and_without_a_header(mark: str, header: str | None) -> None:
    request = only(table(mark, header)).request
    assert request.stamps() == DAYS
    assert request.values() == [0.5, 1.5, 2.5]
    assert request.lines == ([2, 3, 4] if header else [1, 2, 3])


def test_the_separator_is_the_one_that_most_rows_share() -> None:
    """A semicolon in the title of a column cuts that row alone."""
    assert only(table(header="timestamp,value; unit")).request.values() == [0.5, 1.5, 2.5]


def test_a_semicolon_in_every_text_is_no_separator_inside_quotes() -> None:
    text = 'timestamp,note,value\n2026-01-01,"a;b",1\n2026-01-02,"c;d",2\n'
    assert only(text).request.values() == [1.0, 2.0]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=;\r"])
def test_the_first_line_may_name_the_separator_and_is_no_header(line: str) -> None:
    request = only(f"{line}\n{table(';')}").request
    assert request.values() == [0.5, 1.5, 2.5]
    assert request.lines == [3, 4, 5]


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,value\n2026-01-01,1,\n2026-01-02,2,\n",
        "timestamp,value,\n2026-01-01,1,\n2026-01-02,2,\n",
        "timestamp,value,,\n2026-01-01,1\n2026-01-02,2\n",
    ],
)
def test_separators_at_the_end_make_no_column(text: str) -> None:
    request = only(text).request
    assert request.stamps() == DAYS[:2]
    assert request.values() == [1.0, 2.0]


def test_a_short_row_lacks_its_last_cells() -> None:
    series = only("timestamp,value\n2026-01-01,1\n2026-01-02\n2026-01-03,3\n")
    assert series.request.values() == [1.0, 3.0]
    assert series.without_value == 1


def test_one_column_of_values_needs_no_timestamps() -> None:
    request = only("value\n1\n2\n").request
    assert request.stamps() is None
    assert request.values() == [1.0, 2.0]


def test_quoted_fields_may_hold_separators_quotes_and_line_ends() -> None:
    text = '"timestamp","note","value"\n"2026-01-01","a, ""b""\nc","1"\n2026-01-02,d,2\n'
    request = only(text).request
    assert request.values() == [1.0, 2.0]
    assert request.lines == [3, 4]


def test_a_quote_that_does_not_end_is_an_error_with_the_line_it_is_on() -> None:
    error = refusal('timestamp,value\n2026-01-01,"1\n2026-01-02,2\n')
    assert error.line == 2
    assert "cannot be read as CSV" in error.reason


def test_blank_lines_and_every_line_end_are_passed_over() -> None:
    request = only("\r\ntimestamp,value\r\n\r\n2026-01-01,1\r\n,\r\n2026-01-02,2\r\n\r\n").request
    assert request.values() == [1.0, 2.0]
    assert request.lines == [4, 6]
    assert only("timestamp,value\r2026-01-01,1\r2026-01-02,2").request.values() == [1.0, 2.0]


def test_a_line_separator_of_unicode_is_text() -> None:
    assert only("timestamp,note,value\n2026-01-01,a\u2028b,1\n2026-01-02,c,2\n").request.lines == [2, 3]


def test_years_as_titles_are_a_header_below_which_there_are_dates() -> None:
    assert refusal("date,2024,2025\n2026-01-01,1.5,2\n2026-01-02,2,4\n").choices == ("2024", "2025")


def test_what_pandas_writes_for_a_series_without_a_name_is_a_header() -> None:
    assert only(",0\n2026-01-01,1.0\n2026-01-02,2.0\n").request.values() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "timestamp,value\n2026-01-01,1,5\n",
            f"line 2: 3 fields where the first row has 2; {ADVICE}",
        ),
        (
            "timestamp;value\n2026-01-01;1;5\n",
            "line 2: 3 fields where the first row has 2; a field with the separator in it needs quotes",
        ),
        ("timestamp,value\n", "has a header and no rows"),
        ("", "is empty"),
        (" \n\n", "is empty"),
        (",".join(["1"] * 10_001), "a row has more than 10,000 fields"),
        ("a" * 200_000, "line 1: cannot be read as CSV: field larger than field limit (131072)"),
    ],
    ids=["comma", "semicolon", "no rows", "empty", "blank", "many fields", "long field"],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, message: str) -> None:
    assert str(refusal(text)) == message


def test_titles_are_harmless_to_a_terminal() -> None:
    names = [
        series.name
        for series in read("date,a\x1b[31m,b\n2026-01-01,1.5,2.5\n", value_columns=("all",)).series
    ]
    assert names == ["a?[31m", "b"]
