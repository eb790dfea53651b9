"""The alarm, by stream time: more than 5 anomalies in 15 minutes.

The smallest example: five anomalies at minutes 0 to 4 are no alarm; a sixth at minute 5 is one, and tells it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_container.services.streams.alarm import Alarm
from anomaly_container.services.streams.alarm_settings import AlarmSettings
from anomaly_container.services.streams.maintenance import Maintenance
from anomaly_container.services.streams.notices import Change, Due, State
from tests.naive.streams.alarm import naive_changes

RULE = AlarmSettings(
    name="anomalies",
    threshold=5,
    period_seconds=900,
    periods=1,
    datapoints=1,
    window="sliding",
    missing="notBreaching",
    clear_at=2,
    clear_ticks=5,
    maintenance=(),
)
START = 1_767_225_600.0
END = 5000
Missing = Literal["notBreaching", "breaching", "ignore", "missing"]
Window = Literal["sliding", "aligned"]
MISSING: tuple[Missing, ...] = get_args(Missing)
WINDOWS: tuple[Window, ...] = get_args(Window)


def changes(found: list[Change | Due]) -> list[tuple[float, str, float]]:
    return [(item.time - START, item.after, item.count) for item in found if isinstance(item, Change)]


def notices(found: list[Change | Due]) -> list[tuple[float, str, float]]:
    return [(item.time - START, item.state, item.number) for item in found if isinstance(item, Due)]


def anomalies(alarm: Alarm, *minutes: float) -> list[Change | Due]:
    return [found for minute in minutes for found in alarm.event(START + 60 * minute, anomalous=True)]


def test_the_sixth_anomaly_is_the_alarm() -> None:
    alarm = Alarm(RULE)

    assert anomalies(alarm, 0, 1, 2, 3, 4) == []
    found = anomalies(alarm, 5)

    assert changes(found) == [(300, State.ALARM, 6)]
    assert notices(found) == [(300, State.ALARM, 1)]


def test_it_ends_at_the_fifth_tick_in_a_row_with_no_more_than_two() -> None:
    alarm = Alarm(RULE)
    anomalies(alarm, 0, 1, 2, 3, 4, 5)

    found = alarm.advance(START + 7200)

    assert changes(found) == [(60 * 22, State.OK, 0)]  # minutes 18 to 22: 2, 1, 0, 0, 0


def test_a_long_silence_takes_few_steps() -> None:
    alarm = Alarm(replace(RULE, missing="breaching"))
    anomalies(alarm, 0)

    found = alarm.event(START + 50 * 365 * 86_400, anomalous=True)

    assert changes(found)[0] == (900, State.ALARM, 0)


def test_a_time_of_1970_among_others_costs_nothing_even_with_maintenance() -> None:
    alarm = Alarm(RULE, Maintenance(spans=((0, 10_000),)))
    for second in range(10):
        alarm.event(float(second), anomalous=True)

    found = alarm.event(START, anomalous=True)

    # It began and ended within the maintenance.
    assert [item for item in found if isinstance(item, Due)] == []
    assert alarm.state is State.OK


def test_the_end_is_told_after_the_maintenance_to_those_who_know_of_the_beginning() -> None:
    alarm = Alarm(RULE, Maintenance(spans=((START + 600, START + 7200),)))
    found = anomalies(alarm, 0, 1, 2, 3, 4, 5)

    found += alarm.advance(START + 86_400)

    assert changes(found) == [(300, State.ALARM, 6), (60 * 22, State.OK, 0)]
    assert notices(found) == [(300, State.ALARM, 1), (7200, State.OK, 2)]


def test_what_is_known_and_still_holds_is_not_told_twice() -> None:
    alarm = Alarm(replace(RULE, clear_ticks=1), Maintenance(spans=((START + 600, START + 3600),)))
    found = anomalies(alarm, 0, 1, 2, 3, 4, 5, *range(30, 59))

    found += alarm.advance(START + 4000)

    assert [after for _, after, _ in changes(found)] == [State.ALARM, State.OK, State.ALARM]
    assert notices(found) == [(300, State.ALARM, 1)]


def test_an_anomaly_that_is_too_old_is_in_no_window() -> None:
    alarm = Alarm(RULE)
    anomalies(alarm, 60, 60, 60, 60, 60)

    assert anomalies(alarm, 1) == []
    assert changes(anomalies(alarm, 50)) == [(3600, State.ALARM, 6)]


def test_aligned_windows_are_looked_at_when_they_end() -> None:
    alarm = Alarm(replace(RULE, window="aligned", clear_ticks=1))

    found = anomalies(alarm, *range(14))
    found += alarm.advance(START + 3600)

    assert changes(found) == [(900, State.ALARM, 14), (1800, State.OK, 0)]


def test_normal_events_that_are_known_by_their_minute_count_as_data() -> None:
    alarm = Alarm(replace(RULE, missing="missing"))
    assert changes(anomalies(alarm, 0)) == [(0, State.OK, 1)]

    alarm.see(START + 610, START + 650)
    found = alarm.advance(START + 86_400)

    # (T - 900, T] still holds the event of 650 at 1500, and no longer at 1560.
    assert changes(found) == [(1560, State.INSUFFICIENT_DATA, 0)]


@pytest.mark.parametrize(
    "rule", [RULE, replace(RULE, periods=3, datapoints=2), replace(RULE, missing="missing")]
)
def test_it_goes_on_from_its_document(rule: AlarmSettings) -> None:
    minutes = [0, 1, 2, 3, 4.5, 5, 5, 4, 20, 21, 22, 23, 24, 24, 24, 90, 91]
    whole = Alarm(rule)
    expected = anomalies(whole, *minutes) + whole.advance(START + 9000)

    found: list[Change | Due] = []
    alarm = Alarm(rule)
    for minute in minutes:
        found += anomalies(alarm, minute)
        document = json.loads(json.dumps(alarm.document()))
        alarm = Alarm(rule)
        alarm.restore(document)
    found += alarm.advance(START + 9000)

    assert found == expected
    assert alarm.document() == whole.document()


@settings(max_examples=200, deadline=None)
@given(
    events=st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=60),
    periods=st.integers(1, 3),
    missing=st.sampled_from(MISSING),
    window=st.sampled_from(WINDOWS),
)
def test_it_is_what_looking_at_every_tick_gives(
    events: list[tuple[int, bool]], periods: int, missing: Missing, window: Window
) -> None:
    rule = replace(
        RULE,
        threshold=2,
        clear_at=1,
        clear_ticks=2,
        period_seconds=120,
        periods=periods,
        missing=missing,
        window=window,
    )

    assert changes(_run(rule, events)) == naive_changes(rule, events, END)


def _run(rule: AlarmSettings, events: list[tuple[int, bool]]) -> list[Change | Due]:
    alarm = Alarm(rule)
    found = [
        item for second, anomalous in events for item in alarm.event(START + second, anomalous=anomalous)
    ]
    return found + alarm.advance(START + END)
