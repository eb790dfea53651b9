"""Long and wide tables: one file, several series."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.sensors import SENSORS, sensor_readings
from tests.unit.services.univariate.contract.series_file.reading import HOUR, moments, only, read, refusal

NAMES = ("north", "south")


def long(
    names: tuple[str, ...] = NAMES, *, title: str = "place", count: int = 30, in_blocks: bool = False
) -> str:
    rows = [(m, name) for m in moments(count, HOUR) for name in names]
    if in_blocks:
        rows.sort(key=lambda row: row[1])
    return f"time,{title},load\n" + "".join(
        f"{moment:%Y-%m-%dT%H:%M},{name},{index * 37 % 11}.5\n" for index, (moment, name) in enumerate(rows)
    )


@pytest.mark.parametrize("in_blocks", [False, True])
def test_texts_that_make_times_differ_name_the_series(in_blocks: bool) -> None:
    file = read(long(in_blocks=in_blocks))
    assert [series.name for series in file.series] == list(NAMES)
    assert file.notes == ()
    for series in file.series:
        assert len(series.request.points) == 30
        assert series.cadence == ("hourly", 1, "every step alike")


def test_each_series_has_its_own_granularity() -> None:
    hours = [(moment, "fast") for moment in moments(60, HOUR)]
    days = [(moment, "slow") for moment in moments(20)]
    rows = "".join(
        f"{m:%Y-%m-%dT%H:%M},{name},{i * 37 % 11}.5\n" for i, (m, name) in enumerate(sorted(hours + days))
    )
    fast, slow = read(f"time,place,load\n{rows}").series
    assert (fast.name, fast.cadence.granularity) == ("fast", "hourly")
    assert (slow.name, slow.cadence.granularity) == ("slow", "daily")


def test_the_caller_may_name_the_column() -> None:
    file = read(long(("1", "2"), title="store"), by="store")
    assert [series.name for series in file.series] == ["1", "2"]
    assert refusal(long(("1", "2"), title="store")).choices == ("store",)
    assert refusal(long(), by="absent").option == "--by"


def test_several_columns_together_are_asked_for_and_named() -> None:
    text = "time,host,metric,load\n" + "".join(
        f"{m:%Y-%m-%dT%H:%M},{host},{metric},{m.hour}.5\n"
        for m in moments(30, HOUR)
        for host in "ab"
        for metric in ("cpu", "disk")
    )
    error = refusal(text)
    assert error.option == "--by"
    assert error.choices == ("host", "metric")
    names = [series.name for series in read(text, by="host,metric").series]
    assert names == ["a, cpu", "a, disk", "b, cpu", "b, disk"]


def test_two_names_of_one_thing_are_one_split_and_two_splits_are_asked_about() -> None:
    twice = "".join(
        f"{m:%Y-%m-%dT%H:%M},{name},n-{name},{m.hour}.5\n" for m in moments(30, HOUR) for name in NAMES
    )
    assert [series.name for series in read(f"time,place,label,load\n{twice}").series] == list(NAMES)
    crossed = "".join(
        f"{m:%Y-%m-%dT%H:%M},{name},{'xy'[(i + j) % 2]},{m.hour}.5\n"
        for i, m in enumerate(moments(30, HOUR))
        for j, name in enumerate(NAMES)
    )
    assert refusal(f"time,place,label,load\n{crossed}").choices == ("place", "label")


def test_one_time_that_is_there_twice_is_not_a_reason_to_split() -> None:
    rows = [(f"{m:%Y-%m-%dT%H:%M}", "ok") for m in moments(30, HOUR)]
    rows.insert(8, (rows[7][0], "bad"))
    text = "time,state,load\n" + "".join(f"{t},{state},{i}.5\n" for i, (t, state) in enumerate(rows))
    assert str(refusal(text)).startswith("line 10: the timestamp is there twice")


def test_sensors_that_take_turns_are_told_apart_by_the_title() -> None:
    rows = "".join(
        f"{m + timedelta(minutes=30 * number):%Y-%m-%dT%H:%M},{name},{m.hour}.5\n"
        for m in moments(30, HOUR)
        for number, name in enumerate(NAMES)
    )
    assert [series.name for series in read(f"time,sensor_name,load\n{rows}").series] == list(NAMES)
    assert only(f"time,weekday,load\n{rows}").cadence[:2] == ("minutely", 30)


def test_a_row_without_a_name_is_an_error() -> None:
    text = long() + "2026-01-01T00:00,,5\n"
    assert str(refusal(text, by="place")) == "line 62: no name in place, which tells the series apart"


def test_groups_and_columns_together_are_named_by_both() -> None:
    text = "time,place,load,heat\n" + "".join(
        f"{m:%Y-%m-%dT%H:%M},{name},{m.hour}.5,{m.hour}.25\n" for m in moments(30, HOUR) for name in NAMES
    )
    names = [series.name for series in read(text, value_columns=("all",)).series]
    assert names == ["north, load", "north, heat", "south, load", "south, heat"]


def test_more_series_than_a_thousand_are_refused() -> None:
    text = "time,place,load\n" + "".join(f"2026-01-01,p{number},5.5\n" for number in range(1001))
    assert "more than 1,000 series" in refusal(text, by="place").reason


def test_a_table_of_sensors_like_the_tutorials_works_without_a_word() -> None:
    """8,160 rows of five sensors in the layout of the service's own sample."""
    text = sensor_readings()
    assert text.count("\n") == 8160 + 1
    file = read(text)
    assert [series.name for series in file.series] == list(SENSORS)
    assert {len(series.request.points) for series in file.series} == {1632}
    assert {series.cadence[:2] for series in file.series} == {("minutely", 5)}
    assert file.notes == ()
