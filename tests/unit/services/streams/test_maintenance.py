"""Times of maintenance: intervals and hours of the week.

The smallest example: `2026-12-01T02:00Z/PT2H` covers 03:59:59 and no longer 04:00.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from anomaly_container.services.streams.maintenance import Maintenance, parse


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_an_interval_covers_its_beginning_and_not_its_end() -> None:
    maintenance = parse(["2026-12-01T02:00Z/PT2H"])

    times = ("2026-12-01T01:59:59", "2026-12-01T02:00", "2026-12-01T03:59:59", "2026-12-01T04:00")
    assert [maintenance.covers(at(time)) for time in times] == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-12-01T02:00+01:00/2026-12-01T03:30+01:00", 5400),
        ("2026-12-01T02:00/P1DT1H1M1S", 90_061),
        ("2026-12-01T02:00Z/P2W", 14 * 86_400),
    ],
)
def test_intervals_have_these_lengths(text: str, seconds: int) -> None:
    ((start, end),) = parse([text]).spans

    assert end - start == seconds


def test_what_names_no_offset_is_in_the_zone() -> None:
    ((start, _),) = parse(["2026-07-01T02:00/PT1H"], ZoneInfo("Europe/Berlin")).spans

    assert start == at("2026-07-01T00:00")


def test_hours_of_the_week_follow_the_clock_of_the_zone() -> None:
    maintenance = parse(["Sun 02:00-04:00"], ZoneInfo("Europe/Berlin"))

    # 2026-07-05 is a Sunday; Berlin is two hours ahead.
    times = (
        "2026-07-04T23:59",
        "2026-07-05T00:00",
        "2026-07-05T01:59",
        "2026-07-05T02:00",
        "2026-07-06T00:30",
    )
    assert [maintenance.covers(at(time)) for time in times] == [False, True, True, False, False]


def test_a_span_may_pass_midnight_and_the_end_of_the_week() -> None:
    maintenance = parse(["Sun 23:00-01:00", "Wed 22:00-24:00"])

    times = (
        "2026-07-05T23:30",
        "2026-07-06T00:59",
        "2026-07-06T01:00",
        "2026-07-08T23:59",
        "2026-07-09T00:00",
    )
    assert [maintenance.covers(at(time)) for time in times] == [True, True, False, True, False]


def test_no_maintenance_covers_nothing() -> None:
    assert not Maintenance().covers(at("2026-07-05T02:00"))


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "Sunday 02:00-04:00", "Xxx 02:00-04:00", "Sun 25:00-26:00", "Sun 02:60-03:00",
        "2026-12-01T02:00Z/", "2026-12-01T02:00Z/P", "2026-12-01T02:00Z/PT", "2026-13-01T02:00Z/PT2H",
        "x/PT2H", "9999-12-31T23:00Z/P9999W",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is neither like"):
        parse([text])


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        parse(["2026-12-01T02:00Z/2026-12-01T01:00Z"])
