"""Every rule by which a table becomes points."""

from __future__ import annotations

import pytest

from anomaly_container.command.csv_points import Columns, read_csv
from anomaly_container.command.source import FileError

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
GUESS = Columns()


def table(mark: str = ",", header: str | None = "timestamp,value") -> str:
    rows = ([header.replace(",", mark)] if header else []) + [
        f"{day}{mark}{i}.5" for i, day in enumerate(DAYS)
    ]
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["timestamp,value", None])
def test_three_delimiters_with_and_without_a_header(mark: str, header: str | None) -> None:
    question = read_csv(table(mark, header), GUESS)
    assert question.stamps() == DAYS
    assert question.values() == [0.5, 1.5, 2.5]
    assert question.lines == ([2, 3, 4] if header else [1, 2, 3])


def test_the_delimiter_is_the_one_that_all_rows_share() -> None:
    """A semicolon in the title of a column cuts that row alone."""
    question = read_csv(table(header="timestamp,value; unit"), GUESS)
    assert question.values() == [0.5, 1.5, 2.5]


def test_a_semicolon_in_every_text_is_no_delimiter_inside_quotes() -> None:
    text = 'timestamp,note,value\n2026-01-01,"a;b",1\n2026-01-02,"c;d",2\n'
    assert read_csv(text, GUESS).values() == [1.0, 2.0]


def test_one_column_of_values_needs_no_timestamps() -> None:
    question = read_csv("value\n1\n2\n", GUESS)
    assert question.stamps() is None
    assert question.values() == [1.0, 2.0]


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends() -> None:
    text = '"timestamp","note","value"\n"2026-01-01","a, ""b""\nc","1"\n2026-01-02,d,2\n'
    question = read_csv(text, GUESS)
    assert question.values() == [1.0, 2.0]
    assert question.lines == [3, 4]


def test_a_quote_that_does_not_end_is_an_error_with_its_line() -> None:
    with pytest.raises(FileError, match=r"^line 2: cannot be read as CSV"):
        read_csv('timestamp,value\n2026-01-01,"1\n', GUESS)


def test_blank_lines_and_windows_line_ends_are_passed_over() -> None:
    question = read_csv("\r\ntimestamp,value\r\n\r\n2026-01-01,1\r\n,\r\n2026-01-02,2\r\n\r\n", GUESS)
    assert question.values() == [1.0, 2.0]
    assert question.lines == [4, 6]


def test_a_line_separator_of_unicode_is_text() -> None:
    question = read_csv("timestamp,note,value\n2026-01-01,a\u2028b,1\n2026-01-02,c,2\n", GUESS)
    assert question.lines == [2, 3]


@pytest.mark.parametrize("absent", ["", "NaN", "NA", "n/a", "null", "None", " "])
def test_a_row_without_a_value_is_counted_and_is_no_point(absent: str) -> None:
    question = read_csv(f"timestamp,value\n2026-01-01,1\n2026-01-02,{absent}\n2026-01-03,3\n", GUESS)
    assert question.stamps() == [DAYS[0], DAYS[2]]
    assert question.lines == [2, 4]
    assert question.without_value == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timestamp;value\n2026-01-01;1,5\n", "line 2: the value has a decimal comma; write a point"),
        (
            "timestamp,value\n2026-01-01,1,5\n",
            "line 2: 3 fields where the first row has 2; decimal commas must be points",
        ),
        ("timestamp,value\n2026-01-01,1\n2026-01-02,x1\n", "line 3: the value is not a number"),
        ("timestamp,value\n2026-01-01,1\n2026-01-02,1e999\n", "line 3: the value is not a number"),
        (
            "timestamp,value\n2026-01-01,1\nyesterday,2\n",
            "line 3: the timestamp is not ISO 8601, nor seconds or milliseconds since 1970",
        ),
        ("timestamp,value\n", "has a header and no rows"),
        (
            "timestamp,a,b\n2026-01-01,1,2\n",
            "line 2: 2 columns hold numbers; name the one to take with --value-column",
        ),
        (
            "timestamp,a\n2026-01-01,x\n",
            "line 2: no column holds numbers; name the one to take with --value-column",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(FileError) as refusal:
        read_csv(text, GUESS)
    assert str(refusal.value) == message


@pytest.mark.parametrize("columns", [Columns("when", "load"), Columns("2", "4"), Columns(value="load")])
def test_columns_are_taken_by_name_or_number(columns: Columns) -> None:
    question = read_csv("value,when,note,load\n9,2026-01-01,a,1\n9,2026-01-02,b,2\n", columns)
    assert question.stamps() == DAYS[:2]
    assert question.values() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["absent", "0", "3", "9" * 5000])
def test_a_column_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(FileError, match=r"has no column '.*'; it has timestamp, value$"):
        read_csv(table(), Columns(value=name))


@pytest.mark.parametrize(
    ("cell", "stamp"),
    [
        ("1767225600", "2026-01-01T00:00:00.000000000Z"),
        ("1767225600.25", "2026-01-01T00:00:00.250000000Z"),
        ("1767225600123", "2026-01-01T00:00:00.123000000Z"),
    ],
)
def test_seconds_and_milliseconds_since_1970_are_timestamps(cell: str, stamp: str) -> None:
    assert read_csv(f"time,value\n{cell},1\n", GUESS).stamps() == [stamp]


@pytest.mark.parametrize("title", ["Timestamp", "time", "datetime", "Date", "ts", "ds"])
def test_usual_titles_of_the_timestamps_are_known(title: str) -> None:
    assert read_csv(f"y,made,{title}\n1,2020-01-01,2026-01-01\n", GUESS).stamps() == ["2026-01-01"]
