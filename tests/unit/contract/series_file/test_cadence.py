"""The granularity that timestamps keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.contract.series_file.cadence import cadence
from anomaly_container.contract.timestamps import to_nanoseconds
from tests.signals import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.contract.series_file.cadence import Cadence

TIMED = ("yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond")


def about(stamps: Sequence[str]) -> Cadence:
    return cadence(to_nanoseconds(stamps))


def test_a_gap_of_three_days_is_seen() -> None:
    found = about([f"2026-01-{day:02}" for day in (1, 2, 3, 4, 8, 9, 10)])
    assert found == ("daily", 1, "1 gap, 3 points missing")


@pytest.mark.parametrize("granularity", TIMED)
@pytest.mark.parametrize("interval", [1, 5])
@pytest.mark.parametrize("start", ["2024-01-01T00:00:00Z", "2024-01-31T00:00:00Z", "2024-02-29T07:00:00Z"])
def test_every_granularity_is_guessed_with_its_interval(granularity: str, interval: int, start: str) -> None:
    found = about(timestamps(range(40), granularity, interval=interval, start=start))
    assert (found.granularity, found.interval, found.reason) == (granularity, interval, "every step alike")


@pytest.mark.parametrize("granularity", TIMED)
def test_gaps_are_counted_and_do_not_hide_the_step(granularity: str) -> None:
    slots = [slot for slot in range(40) if slot not in {3, 11, 12, 30}]
    found = about(timestamps(slots, granularity))
    assert (found.granularity, found.interval, found.reason) == (granularity, 1, "3 gaps, 4 points missing")


def test_thirty_days_are_days_and_no_month() -> None:
    found = about(timestamps(range(20), "daily", interval=30))
    assert (found.granularity, found.interval) == ("daily", 30)


def test_twelve_months_are_a_year_and_a_quarter_is_three() -> None:
    assert about(timestamps(range(20), "monthly", interval=12))[:2] == ("yearly", 1)
    assert about(timestamps(range(20), "monthly", interval=3))[:2] == ("monthly", 3)


@pytest.mark.parametrize(
    ("stamps", "reason"),
    [
        (["2026-01-01"], "no timestamps"),
        ([f"2026-01-{day:02}" for day in (1, 3, 6, 8, 11, 13, 16, 20)], "the timestamps are irregular"),
        (
            [f"2026-01-01T00:00:00.{i * 100:06}Z" for i in range(8)],
            "the timestamps are not whole milliseconds apart",
        ),
        (["1678-01-01", "2261-01-01"], "the timestamps are too far apart"),
    ],
)
def test_no_rhythm_is_none(stamps: list[str], reason: str) -> None:
    assert about(stamps) == ("none", 1, reason)


def test_points_without_timestamps_have_none() -> None:
    assert cadence(None) == ("none", 1, "no timestamps")
    assert cadence(np.array([], np.int64)) == ("none", 1, "no timestamps")
