"""Settings of alarms.

The smallest example: the alarm `slow` is as the alarm of the stream but for what is set for it.
"""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.support.stream_events import streams_settings


def test_a_further_alarm() -> None:
    words = {
        "Alarm__Threshold": 3,
        "Alarm__PeriodSeconds": 600,
        "Alarm__Maintenance": "Sun 02:00-04:00",
        "Alarms__<name>__Threshold": {"slow": 1},
        "Alarms__<name>__Reason": {"slow": "response_time, path"},
        "Alarms__<name>__MinScore": {"worst": 3.5},
        "Alarms__<name>__Maintenance": {"worst": "2026-12-01T02:00Z/PT2H"},
    }
    first, slow, worst = streams_settings(**words).alarms
    assert (first.name, first.threshold, first.clear_at, first.reasons) == ("anomalies", 3, 2, ())
    assert (slow.name, slow.threshold, slow.clear_at, slow.period_seconds) == ("slow", 1, 1, 600)
    assert (slow.reasons, slow.maintenance) == (("response_time", "path"), ("Sun 02:00-04:00",))
    assert (worst.threshold, worst.min_score, worst.maintenance) == (3, 3.5, ("2026-12-01T02:00Z/PT2H",))


def test_the_end_is_never_above_the_threshold() -> None:
    [alarm] = streams_settings(Alarm__Threshold=0).alarms
    assert (alarm.threshold, alarm.clear_at) == (0, 0)


def test_words_in_any_case() -> None:
    [alarm] = streams_settings(Alarm__Missing="NOTBREACHING", Alarm__Window="Aligned").alarms
    assert (alarm.missing, alarm.window) == ("notBreaching", "aligned")


@pytest.mark.parametrize(
    "words",
    [
        {"Alarm__Name": "parked"},
        {"Alarm__Name": "A b"},
        {"Alarm__Threshold": -1},
        {"Alarm__PeriodSeconds": 90},
        {"Alarm__PeriodSeconds": 0},
        {"Alarm__Datapoints": 2},
        {"Alarm__Periods": 0},
        {"Alarm__Window": "tumbling"},
        {"Alarm__Missing": "zero"},
        {"Alarm__ClearAt": 6},
        {"Alarm__ClearTicks": 0},
        {"Alarm__Maintenance": "Sonntag"},
        {"Alarm__LagSeconds": 0},
        {"Alarms__<name>__Threshold": {"lag": 1}},
        {"Alarms__<name>__Threshold": {"anomalies": 1}},
        {"Alarms__<name>__Threshold": {"x": -1}},
        {"Alarms__<name>__Key": {"silent": "*"}},
    ],
)
def test_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        streams_settings(**words)
