"""Which column holds the times, and how it is read: by all of its cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anomaly_container.services.univariate.contract.series_file import DateOrder
from tests.unit.services.univariate.contract.series_file.reading import (
    DAY,
    HOUR,
    moments,
    only,
    read,
    refusal,
    stamped,
)

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # as the others
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    "form",
    [
        "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y%m%d", "%Y/%m/%d", "%d-%b-%Y",
        "%d-%b-%y",
        "%b %d, %Y", "%B %d %Y", "%d %B %Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%a, %d %b %Y %H:%M:%S GMT",
        "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y, %H:%M", "%Y%m%dT%H%M%SZ", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H",
        "%a %b %d %H:%M:%S %Y",
    ],
)  # fmt: skip
def test_forty_days_are_read_in_every_form_that_their_column_decides(form: str) -> None:
    series = only(stamped(lambda moment: moment.strftime(form)))
    assert series.request.stamps() == [
        stamp
        if form == "%Y/%m/%d"
        else iso(moment)
        if form != "%Y%m%dT%H%M%SZ"
        else f"{moment:%Y%m%dT%H%M%SZ}"
        for moment in moments(40)
        for stamp in [f"{moment:%Y/%m/%d}"]
    ]
    assert series.request.stamps_as_written() == [moment.strftime(form) for moment in moments(40)]
    assert series.cadence[:2] == ("daily", 1)


def test_day_or_month_first_is_asked_for_where_no_day_is_above_twelve() -> None:
    text = stamped(lambda moment: f"{moment:%d/%m/%Y %H:%M}", step=HOUR, count=48)
    error = refusal(text)
    assert str(error) == "line 2: the dates can be read day first or month first; say which with --date-order"
    assert error.option == "--date-order"
    assert set(error.choices) == {"day-first", "month-first"}
    assert only(text, date_order=DateOrder.DAY_FIRST).request.stamps() == list(map(iso, moments(48, HOUR)))
    other = only(text, date_order=DateOrder.MONTH_FIRST).request.stamps()
    assert other is not None
    assert other[47] == "2025-02-01T23:00:00Z"


def test_the_order_that_the_column_shows_is_said_and_cannot_be_overridden() -> None:
    text = stamped(lambda moment: f"{moment:%m/%d/%Y}")
    assert read(text).notes == ("dates are month first",)
    error = refusal(text, date_order=DateOrder.DAY_FIRST)
    assert str(error) == "line 14: the date is not day first"


def test_two_orders_in_one_column_are_refused_with_the_line_of_the_second() -> None:
    error = refusal("Day,Value\n13/01/2025,1\n01/02/2025,2\n01/14/2025,3\n")
    assert str(error) == "line 4: the date is month first, and one above is day first"


def test_dates_that_are_the_same_in_both_orders_need_no_word() -> None:
    assert only("Day;Value\n01/01/2025;1\n02/02/2025;2\n").request.stamps() == [
        "2025-01-01T00:00:00Z",
        "2025-02-02T00:00:00Z",
    ]


def test_two_digits_of_a_year_that_may_stand_first_are_refused() -> None:
    assert "write them with four" in refusal(stamped(lambda moment: f"{moment:%y-%m-%d}")).reason


@pytest.mark.parametrize("title", ["Day", "ServiceDate", "x", "Datum"])
@pytest.mark.parametrize(
    ("write", "form"),
    [
        ("{:%Y-%j}", "0000-000"),
        ("{:%G-W%V-%u}", "0000-a00-0"),
        ("{:%Y年%m月%d日}", "0000a00a00a"),
        ("{:%d. Januar %Y}", "00. aaaaaa 0000"),
        ("{:%d/%m/%Y 25:00}", None),
    ],
)
def test_a_column_of_dates_in_another_form_is_an_error_under_any_title(
    title: str, write: str, form: str | None
) -> None:
    error = refusal(stamped(write.format, title=title))
    assert error.line == 2
    assert "cannot be read" in error.reason or "calendar has no such time" in error.reason
    assert form is None or f"form {form}" in error.reason


@pytest.mark.parametrize("year", ["1492", "3000", "9999", "0001"])
def test_years_out_of_range_are_called_that(year: str) -> None:
    error = refusal(stamped(lambda moment: f"{year}-{moment:%m-%dT00:00:00}"))
    assert error.reason == "the year is out of range: 1678 to 2261 can be read"


@pytest.mark.parametrize("absent", ["", "NaN", "NA", "NULL", "null", "-", "#N/A", "NaT", "None"])
@pytest.mark.parametrize("title", ["Day", "ServiceDate"])
def test_an_absent_time_is_an_error_and_decides_nothing_else(absent: str, title: str) -> None:
    days = stamped(lambda moment: f"{moment:%Y-%m-%d}", title=title)
    head, rest = days.split("\n", 1)
    assert str(refusal(f"{head}\n{absent};3\n{rest}")) == "line 2: the timestamp is absent"
    # A row of nothing is no point.
    assert len(only(f"{head}\n{absent};{absent}\n{rest}").request.points) == 40


def test_one_unreadable_cell_does_not_decide_about_a_column() -> None:
    days = stamped(lambda moment: f"{moment:%Y-%m-%d}", title="Zeitpunkt")
    error = refusal(f"{days}Total;5000\n")
    assert error.line == 42
    assert "form aaaaa" in error.reason
    epochs = stamped(lambda moment: str(int((moment - EPOCH).total_seconds())))
    assert refusal(f"{epochs}Total;5000\n").line == 42


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("year", [1950, 1972, 1985, 2000, 2026, 2199])
def test_numbers_since_1970_are_times_in_any_unit_and_year(unit: str, year: int) -> None:
    first = (datetime(year, 1, 1) - EPOCH) // timedelta(seconds=1)  # noqa: DTZ001  # as the others
    cells = [(first + 86_400 * day) * UNITS[unit] for day in range(40)]
    series = only("time,v\n" + "".join(f"{cell},{index}.5\n" for index, cell in enumerate(cells)))
    assert series.request.stamps() == list(map(iso, moments(40, start=f"{year}-01-01")))
    assert series.request.stamps_as_written() == list(map(str, cells))


def test_parts_of_a_second_are_kept_to_the_last_digit() -> None:
    def stamps(cell: str) -> list[str] | None:
        return only(f"time,v\n{cell},1\n").request.stamps()

    assert stamps("1767225600.25") == ["2026-01-01T00:00:00.250Z"]
    assert stamps("1767225600123") == ["2026-01-01T00:00:00.123Z"]
    assert stamps("1767225600123456789") == ["2026-01-01T00:00:00.123456789Z"]
    assert stamps("1767225600.0") == ["2026-01-01T00:00:00Z"]


def test_an_epoch_is_known_under_another_title_if_it_runs_evenly() -> None:
    rows = "".join(f"{1_700_000_000 + 3600 * i},{i % 7}.5\n" for i in range(40))
    assert only(f"x,load\n{rows}").cadence.granularity == "hourly"
    assert only(rows).cadence.granularity == "hourly"


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("timestamp,value\n1,5.5\n2,6.5\n", "column 'timestamp' holds numbers that are no times since 1970"),
        ("time,value\n0.1,5.5\n0.2,6.5\n", "column 'time' holds numbers that are no times since 1970"),
        ("Date,value\n45658,5.5\n45659,6.5\n", "column 'Date' holds numbers that are no times since 1970"),
        ("time,value\n10:00,5.5\n11:00,6.5\n", "column 'time' holds times of day without a date"),
        (
            "day,value\nMonday,5.5\nTuesday,6.5\n",
            "column 'day' holds no times that can be read: their form is aaaaaa",
        ),
        ("date,value\n,5.5\n,6.5\n", "the timestamp is absent in every row"),
    ],
)
def test_a_column_of_that_title_that_holds_no_times_is_refused_with_the_option_that_helps(
    text: str, trouble: str
) -> None:
    error = refusal(text)
    assert error.reason == f"{trouble}; to take the points as neighbours, say --no-times"
    assert error.option == "--no-times"
    request = only(text, no_times=True).request
    assert request.stamps() is None
    assert request.values() == [5.5, 6.5]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (
            "date,time,value\n"
            + "".join(f"{m:%Y-%m-%d},{m:%H:%M:%S},{m.hour}.5\n" for m in moments(48, HOUR)),
            1,
        ),
        ("time,date,value\n" + "".join(f"{m:%H:%M},{m:%Y-%m-%d},{m.hour}.5\n" for m in moments(48, HOUR)), 1),
        ("date,hour,value\n" + "".join(f"{m:%Y-%m-%d},{m.hour},{m.hour}.5\n" for m in moments(48, HOUR)), 1),
        ("date,time,value\n" + "".join(f"{m:%Y%m%d},{m:%H%M},{m.hour}.5\n" for m in moments(48, HOUR)), 1),
        (
            "Date;Time;v\n"
            + "".join(f"{m:%m/%d/%Y};{m:%I:%M %p};{m.hour}.5\n" for m in moments(48, HOUR, "2025-01-20")),
            1,
        ),
    ],
    ids=["date and time", "time and date", "hours", "without separators", "AM and PM"],
)
def test_date_and_time_of_day_in_two_columns_are_joined(text: str, step: int) -> None:
    series = only(text)
    assert series.cadence[:3] == ("hourly", step, "every step alike")
    assert len(series.request.points) == 48


def test_timestamps_are_shown_as_they_came_in() -> None:
    joined = only("date,time,value\n2026-01-01,10:00,1.5\n2026-01-01,11:00,2.5\n").request
    assert joined.stamps_as_written() == ["2026-01-01 10:00", "2026-01-01 11:00"]


def test_the_column_with_whole_dates_is_taken_before_numbers_that_may_be_years() -> None:
    text = "device,recorded,temp\n" + "".join(f"1001,{m:%Y-%m-%d},{m.day}.5\n" for m in moments(20))
    assert only(text).cadence.granularity == "daily"


def test_years_and_months_are_times_below_such_a_title() -> None:
    years = only("year,value\n" + "".join(f"{1990 + i},{i}.5\n" for i in range(20)))
    assert years.cadence.granularity == "yearly"
    months = only("month,value\n" + "".join(f"{2000 + i // 12}{i % 12 + 1:02},{i}.5\n" for i in range(20)))
    assert months.cadence.granularity == "monthly"


@pytest.mark.parametrize("title", ["Timestamp", "time", "datetime", "Date", "ts", "ds", "@timestamp"])
def test_usual_titles_of_the_timestamps_are_known(title: str) -> None:
    text = f"made,{title},y\n2020-01-01,2026-01-01,1\n2020-01-02,2026-01-03,2\n"
    assert only(text).request.stamps() == ["2026-01-01", "2026-01-03"]


@pytest.mark.parametrize("name", ["when", "2", "WHEN"])
def test_the_column_may_be_named_by_its_title_or_number(name: str) -> None:
    text = "date,when,note,load\n2020-05-01,2026-01-01,a,1\n2020-05-01,2026-01-02,b,2\n"
    assert only(text, timestamp_column=name).request.stamps() == ["2026-01-01", "2026-01-02"]


@pytest.mark.parametrize("name", ["absent", "0", "3", "9" * 5000])
def test_a_column_that_is_not_there_is_named(name: str) -> None:
    error = refusal("timestamp,value\n2026-01-01,1\n", timestamp_column=name)
    assert error.reason.endswith("it has timestamp, value")
    assert error.option == "--timestamp-column"
    assert error.choices == ("timestamp", "value")


def test_newest_first_is_turned_round_with_a_note() -> None:
    file = read("d,v\n2026-01-03,3.5\n2026-01-02,2.5\n2026-01-01,1.5\n")
    [series] = file.series
    assert series.request.values() == [1.5, 2.5, 3.5]
    assert series.request.lines == [4, 3, 2]
    assert file.notes == ("the newest stood first; put in time order",)


@pytest.mark.parametrize("sort", [False, True])
def test_a_time_that_is_there_twice_is_an_error(sort: bool) -> None:
    for days in ("01", "02", "02", "03"), ("03", "02", "02", "01"):
        text = "d,v\n" + "".join(f"2026-01-{day},{index}.5\n" for index, day in enumerate(days))
        error = refusal(text, sort=sort)
        assert error.line == 4
        assert error.reason.startswith("the timestamp is there twice; keep one of the two")


def test_disorder_is_an_error_that_names_the_option_and_the_option_mends_it() -> None:
    text = "d,v\n2026-01-01,0.5\n2026-01-03,1.5\n2026-01-02,2.5\n2026-01-04,3.5\n"
    error = refusal(text)
    assert str(error) == "line 4: the timestamp is before the one above; sort the file, or use --sort"
    assert error.option == "--sort"
    file = read(text, sort=True)
    assert file.series[0].request.values() == [0.5, 2.5, 1.5, 3.5]
    assert file.notes == ("put in time order",)
    assert file.series[0].cadence.granularity == "daily"


def test_times_are_in_utc_unless_they_say_otherwise() -> None:
    stamp = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    assert only(f"time,v\n{stamp},1\n").request.stamps() == [stamp]
    assert DAY > HOUR
