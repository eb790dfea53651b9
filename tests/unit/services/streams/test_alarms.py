"""The alarms of a stream with names, filters and messages.

The smallest example: six flagged events in 15 minutes make one message, `shop/anomalies/1`.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from anomaly_container.services.streams.alarm_settings import AlarmsSettings
from anomaly_container.services.streams.alarms import Alarms, Notice
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.notices import Change, State
from anomaly_container.services.streams.results import Reason

START = 1_767_225_600.0


def alarms(**settings: Any) -> Alarms:  # noqa: ANN401  # settings of any type
    given = {f"Streams:{name}": value for name, value in settings.items()}
    return Alarms("shop", AlarmsSettings.model_validate(given).alarms, UTC, link="https://page/")


def named(values: dict[str, dict[str, Any]]) -> Alarms:
    given = {f"Streams:Alarms:<name>:{name}": by_alarm for name, by_alarm in values.items()}
    return Alarms("shop", AlarmsSettings.model_validate(given).alarms, UTC)


def event(
    number: int,
    *,
    feature: str = "path",
    key: str | None = None,
    score: float = 2.0,
    minute: float | None = None,
) -> Flagged:
    time = START + 60 * (number if minute is None else minute)
    return Flagged(f"t-0-{number}", "t-0", number, time, score, (Reason(feature, 0.6, "high", 1, 0),), key)


def notices(found: list[Change | Notice]) -> list[Notice]:
    return [one for one in found if isinstance(one, Notice)]


def flagged(alarms: Alarms, *events: Flagged) -> list[Notice]:
    return notices([one for event in events for one in alarms.flagged(event)])


def test_the_sixth_event_makes_one_message() -> None:
    stream = alarms()

    (notice,) = flagged(stream, *map(event, range(6)))

    assert (notice.id, notice.alarm, notice.state, notice.number) == (
        "shop/anomalies/1", "anomalies", State.ALARM, 1,
    )  # fmt: skip
    document = notice.document()
    assert {name: document[name] for name in ("since", "count", "window", "feature", "share", "link")} == {
        "since": "2026-01-01T00:05:00Z",
        "count": 6,
        "window": 900,
        "feature": "path",
        "share": 1.0,
        "link": "https://page/",
    }
    assert [one["id"] for one in document["anomalies"]] == [f"t-0-{number}" for number in range(5)]


def test_the_end_tells_of_the_whole_alarm() -> None:
    stream = alarms()
    flagged(stream, *map(event, range(6)), event(6, score=9.0, minute=6))

    (notice,) = notices(stream.advance(START + 7200))

    document = notice.document()
    assert (document["id"], document["state"], document["count"]) == ("shop/anomalies/2", "OK", 0)
    assert document["anomalies"][0]["id"] == "t-0-6"


def test_an_event_is_no_evidence_of_what_was_before_it() -> None:
    stream = alarms(**{"Alarm:Threshold": 0, "Alarm:ClearAt": 0, "Alarm:ClearTicks": 1})
    flagged(stream, event(0))

    end, begin = flagged(stream, event(60, score=9.0))

    assert [one["id"] for one in end.document()["anomalies"]] == ["t-0-0"]
    assert [one["id"] for one in begin.document()["anomalies"]] == ["t-0-60"]


def test_further_alarms_count_what_their_filters_let_through() -> None:
    stream = named(
        {
            "Threshold": {"admin": 1, "slow": 1, "severe": 1},
            "ClearAt": {"admin": 0, "slow": 0, "severe": 0},
            "Key": {"admin": "eu-*"},
            "Reason": {"slow": "response_time"},
            "MinScore": {"severe": 3.0},
        }
    )

    found = flagged(
        stream,
        event(0, key="eu-1"),
        event(1, key="us-1", feature="response_time"),
        event(2, key="eu-2", score=3.0),
        event(3, feature="response_time", score=2.9),
        event(4, score=4.0),
    )

    assert [(notice.alarm, notice.document()["count"]) for notice in found] == [
        ("admin", 2),
        ("slow", 2),
        ("severe", 2),
    ]
    assert stream.states == {
        "anomalies": State.OK, "admin": State.ALARM, "severe": State.ALARM, "slow": State.ALARM,
    }  # fmt: skip


def test_maintenance_is_that_of_the_settings() -> None:
    stream = alarms(**{"Alarm:Maintenance": "2026-01-01T00:00Z/PT10M, Sun 02:00-04:00"})

    assert flagged(stream, *map(event, range(6))) == []
    (notice,) = notices(stream.advance(START + 700))

    assert notice.time == START + 600
    assert notice.document()["since"] == "2026-01-01T00:05:00Z"


def test_conditions_have_a_figure_instead_of_a_count() -> None:
    stream = alarms()

    found = stream.condition("lag", START, holds=True, figure=400.0)

    (notice,) = notices(found)
    document = notice.document()
    assert (notice.id, document["count"], document["window"], document["figure"]) == (
        "shop/lag/1", None, None, 400.0,
    )  # fmt: skip
    assert stream.states["lag"] is State.ALARM
    assert stream.condition("lag", START + 60, holds=True, figure=500.0) == []


def test_data_that_was_missing_and_is_there_again_is_a_change() -> None:
    stream = alarms(**{"Alarm:Missing": "missing"})

    (change,) = stream.seen(START, START)

    assert isinstance(change, Change)
    assert (change.before, change.after) == (State.INSUFFICIENT_DATA, State.OK)


def test_what_lasts_is_held() -> None:
    stream = alarms()
    flagged(stream, *map(event, range(6)))

    assert [notice.id for notice in stream.holding] == ["shop/anomalies/1"]
    stream.advance(START + 7200)
    assert stream.holding == []


def test_they_go_on_from_their_document() -> None:
    whole, parts = alarms(), alarms()
    expected = flagged(whole, *map(event, range(8))) + notices(whole.advance(START + 7200))
    whole.condition("silent", START, holds=True, figure=1.0)

    found: list[Notice] = []
    for number in range(8):
        found += flagged(parts, event(number))
        again = alarms()
        again.restore(json.loads(json.dumps(parts.document())))
        assert [notice.document() for notice in again.holding] == [n.document() for n in parts.holding]
        parts = again
    found += notices(parts.advance(START + 7200))
    parts.condition("silent", START, holds=True, figure=1.0)

    assert [notice.document() for notice in found] == [notice.document() for notice in expected]
    assert json.dumps(parts.document()) == json.dumps(whole.document())


def test_an_alarm_that_is_new_begins_anew() -> None:
    before = alarms()
    flagged(before, *map(event, range(6)))

    after = named({"Threshold": {"admin": 1}})
    after.restore(before.document())

    assert after.states == {"anomalies": State.ALARM, "admin": State.OK}
