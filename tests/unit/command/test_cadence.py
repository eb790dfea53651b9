"""The granularity that timestamps keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.command.cadence import cadence, in_time_order
from anomaly_container.command.source import FileError
from anomaly_container.contract.question import Question
from tests.signals import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMED = ("yearly", "monthly", "weekly", "daily", "hourly", "minutely", "secondly", "microsecond")


def about(stamps: Sequence[str | None]) -> Question:
    return Question.of_pairs(stamps, [float(i) for i in range(len(stamps))], range(2, len(stamps) + 2))


@pytest.mark.parametrize("granularity", TIMED)
@pytest.mark.parametrize("interval", [1, 5])
@pytest.mark.parametrize("start", ["2024-01-01T00:00:00Z", "2024-01-31T00:00:00Z", "2024-02-29T07:00:00Z"])
def test_every_granularity_is_guessed_with_its_interval(granularity: str, interval: int, start: str) -> None:
    found = cadence(about(timestamps(range(40), granularity, interval=interval, start=start)))
    assert (found.granularity, found.interval, found.reason) == (granularity, interval, "every step alike")


@pytest.mark.parametrize("granularity", TIMED)
def test_gaps_are_counted_and_do_not_hide_the_step(granularity: str) -> None:
    slots = [slot for slot in range(40) if slot not in {3, 11, 12, 30}]
    found = cadence(about(timestamps(slots, granularity)))
    assert (found.granularity, found.interval, found.reason) == (granularity, 1, "3 gaps")


def test_thirty_days_are_days_and_no_month() -> None:
    found = cadence(about(timestamps(range(20), "daily", interval=30)))
    assert (found.granularity, found.interval) == ("daily", 30)


def test_twelve_months_are_a_year_and_a_quarter_is_three() -> None:
    assert cadence(about(timestamps(range(20), "monthly", interval=12)))[:2] == ("yearly", 1)
    assert cadence(about(timestamps(range(20), "monthly", interval=3)))[:2] == ("monthly", 3)


@pytest.mark.parametrize(
    ("stamps", "reason"),
    [
        ([None] * 5, "no timestamps"),
        (["2026-01-01"], "no timestamps"),
        ([f"2026-01-{day:02}" for day in (1, 3, 6, 8, 11, 13, 16, 20)], "the timestamps are irregular"),
        (
            [f"2026-01-01T00:00:00.{i * 100:06}Z" for i in range(8)],
            "the timestamps are not whole milliseconds apart",
        ),
    ],
)
def test_no_rhythm_is_none(stamps: list[str | None], reason: str) -> None:
    assert cadence(about(stamps)) == ("none", 1, reason)


def test_a_time_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(FileError, match=r"^line 4: the timestamp is there twice; keep one of the two$"):
        cadence(about(["2026-01-01", "2026-01-02", "2026-01-02T00:00:00Z", "2026-01-03"]))


def test_disorder_is_an_error_that_names_the_option_and_the_option_mends_it() -> None:
    question = about(["2026-01-01", "2026-01-03", "2026-01-02", "2026-01-04"])
    with pytest.raises(FileError, match=r"^line 4: the timestamp is before the one above; .*--sort$"):
        cadence(question)
    ordered = in_time_order(question)
    assert ordered.values() == [0.0, 2.0, 1.0, 3.0]
    assert ordered.lines == [2, 4, 3, 5]
    assert cadence(ordered).granularity == "daily"


def test_a_timestamp_that_cannot_be_read_is_named_with_its_line() -> None:
    with pytest.raises(FileError, match=r"^line 3: the timestamp is not ISO 8601$"):
        cadence(about(["2026-01-01", "soon", "2026-01-03"]))
