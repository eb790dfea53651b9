from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import Granularity, grid_slots
from anomaly_container.detection.univariate.grid.granularity import is_dense, suggested_window
from tests.naive.univariate import engine, grid
from tests.support.signals import add_months, random_walk

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 10**9
DAY = 86_400 * SECOND
EARLIEST, LATEST = -(2**63) + 1, 2**63 - 1
STEPS = {
    Granularity.SECONDLY: timedelta(seconds=1),
    Granularity.MINUTELY: timedelta(minutes=1),
    Granularity.HOURLY: timedelta(hours=1),
    Granularity.DAILY: timedelta(days=1),
    Granularity.WEEKLY: timedelta(weeks=1),
    Granularity.MICROSECOND: timedelta(milliseconds=1),
}
STARTS = [
    "2024-02-29T00:00:00",
    "1999-12-31T23:59:59",
    "1969-12-31T23:59:30",
    "1970-01-01T00:00:00",
    "1900-01-31T12:00:00",
    "1678-01-01T00:00:01",
    "2200-07-15T06:30:15",
]


def nanoseconds(moment: datetime) -> int:
    elapsed = moment - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * SECOND + elapsed.microseconds * 1000


def moments(start: str) -> datetime:
    return datetime.fromisoformat(start).replace(tzinfo=UTC)


def twin_slots(stamps: list[int], granularity: Granularity, interval: int) -> list[int] | int:
    """Return the twin's slots, or the index of the first time that is off the grid."""
    try:
        return grid.slots(stamps, granularity.value, interval)
    except ValueError as error:
        return int(error.args[0])


def place(
    times: Sequence[datetime | int], granularity: Granularity, interval: int = 1
) -> tuple[list[int], int]:
    """Return slots and the first off-grid index, holding both to the twin where slots are distinct."""
    stamps = [nanoseconds(time) if isinstance(time, datetime) else time for time in times]
    slots, off = grid_slots(np.array(stamps, dtype=np.int64), granularity, interval)
    assert slots.dtype == np.int64
    assert slots.shape == (len(stamps),)
    twin = twin_slots(stamps, granularity, interval)
    if isinstance(twin, int):
        assert off == twin
    elif len(set(twin)) == len(twin):
        assert off == -1
        assert slots.tolist() == twin
    return slots.tolist(), off


@pytest.mark.parametrize("interval", [1, 2, 7, 60])
@pytest.mark.parametrize("granularity", STEPS)
def test_whole_steps_are_on_the_grid(granularity: Granularity, interval: int) -> None:
    step = interval * STEPS[granularity]
    wanted = [0, 1, 2, 5, 6, 40, 42, 50]
    for start in STARTS:
        times = [moments(start) + slot * step for slot in wanted]
        assert place(times, granularity, interval) == (wanted, -1)
        late = [*times[:5], times[5] + step / 2, *times[6:]]
        off = -1 if granularity is Granularity.MICROSECOND and interval == 1 else 5
        assert place(late, granularity, interval)[1] == off


@pytest.mark.parametrize("interval", [1, 2, 5, 12])
@pytest.mark.parametrize("granularity", [Granularity.MONTHLY, Granularity.YEARLY])
@pytest.mark.parametrize("start", ["2024-01-31", "2024-02-29", "2023-02-28", "1903-11-30", "1968-08-15"])
def test_calendar_steps_keep_the_day_as_far_as_the_month_has_it(
    start: str, granularity: Granularity, interval: int
) -> None:
    months = interval * (12 if granularity is Granularity.YEARLY else 1)
    wanted = [0, 1, 2, 4, 7, 8, 11, 15]
    first = moments(start)
    times = [add_months(first, slot * months) for slot in wanted]
    assert place(times, granularity, interval) == (wanted, -1)
    if interval > 1:
        assert place([*times[:3], add_months(first, 2 * months + 1)], granularity, interval)[1] == 3


@pytest.mark.parametrize(
    ("dates", "first_off_grid"),
    [
        (["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], -1),
        (["2023-01-31", "2023-02-28", "2023-03-30"], 2),
        # A month's last day stands for any later day, and for any other month's last day.
        (["2024-02-29", "2024-03-29", "2024-04-30", "2024-05-31"], -1),
        (["2024-02-29", "2024-03-30", "2024-04-29"], -1),
        (["2024-02-29", "2024-03-28"], 1),
        (["2023-02-28", "2023-03-28", "2023-04-29", "2023-05-31", "2024-02-28"], -1),
        (["2024-01-30", "2024-02-29", "2024-03-30"], -1),
        (["2024-01-30", "2024-02-28"], 1),
        (["2024-01-15", "2024-02-15", "2024-03-16"], 2),
        (["2024-01-15", "2024-02-29"], 1),
        (["2024-01-15", "2024-01-15"], 1),
        (["1969-10-31", "1969-11-30", "1969-12-31", "1970-01-31", "1970-02-28"], -1),
        (["1900-01-31", "1900-02-28", "2000-02-29", "2100-02-28"], -1),
        (["1900-01-31", "2100-02-27"], 1),
    ],
)
def test_month_ends(dates: list[str], first_off_grid: int) -> None:
    assert place([moments(date) for date in dates], Granularity.MONTHLY)[1] == first_off_grid


@pytest.mark.parametrize(
    ("dates", "first_off_grid"),
    [
        (["2020-02-29", "2021-02-28", "2022-02-28", "2024-02-29"], -1),
        (["2020-02-29", "2021-03-01"], 1),
        (["2021-02-28", "2024-02-28", "2025-02-28"], -1),
        (["2021-02-28", "2024-02-29"], -1),
        (["2021-03-31", "2022-04-30"], 1),
    ],
)
def test_leap_days(dates: list[str], first_off_grid: int) -> None:
    assert place([moments(date) for date in dates], Granularity.YEARLY)[1] == first_off_grid


def test_the_time_of_day_does_not_move_a_month() -> None:
    times = [moments("2024-01-31T10:00:00"), moments("2024-02-29T23:59:59"), moments("2024-03-31T00:00:00")]
    assert place(times, Granularity.MONTHLY) == ([0, 1, 2], -1)


def test_two_times_on_one_slot_are_off_the_grid() -> None:
    noon, one = moments("2024-02-29T12:00:00"), moments("2024-02-29T13:00:00")
    january = moments("2024-01-31")
    assert place([january, noon, one], Granularity.MONTHLY)[1] == 2
    assert place([january, moments("2024-02-29"), moments("2025-01-31")], Granularity.YEARLY)[1] == 1
    within = [0, 1_000_000, 1_999_999, 3_000_000]
    assert place(within, Granularity.MICROSECOND)[1] == 2


def test_milliseconds_are_cut_off_towards_zero() -> None:
    assert place([-1_999_999, -999_999, 1_000_001, 2_999_999], Granularity.MICROSECOND) == ([0, 1, 2, 3], -1)
    assert place([-2_000_000, 2_000_000], Granularity.MICROSECOND, 3)[1] == 1
    # In floating point 1,600,000,000,000,999,999 ns would be the next millisecond.
    first = 1_600_000_000_000 * 10**6
    assert place([first, first + 999_999], Granularity.MICROSECOND)[1] == 1
    assert place([first, first + 5_000_000 + 999_999], Granularity.MICROSECOND, 5) == ([0, 1], -1)


@pytest.mark.parametrize("granularity", Granularity)
def test_the_whole_span_of_time_fits(granularity: Granularity) -> None:
    """From 1677 to 2262: the distance is larger than int64 nanoseconds hold."""
    slots, off = place([EARLIEST, LATEST], granularity)
    if granularity is Granularity.NONE:
        assert (slots, off) == ([0, 1], -1)
    elif granularity is Granularity.MICROSECOND:
        assert (slots, off) == ([0, 2 * (2**63 // 10**6)], -1)
    else:
        assert off == 1


def test_days_over_the_whole_span_of_time() -> None:
    days = (LATEST - EARLIEST) // DAY
    assert place([EARLIEST, EARLIEST + DAY, EARLIEST + days * DAY], Granularity.DAILY) == ([0, 1, days], -1)
    years = [moments("1677-12-31"), moments("2000-12-31"), moments("2261-12-31")]
    assert place(years, Granularity.YEARLY) == ([0, 323, 584], -1)
    assert place(years, Granularity.MONTHLY) == ([0, 323 * 12, 584 * 12], -1)


def test_without_granularity_points_are_neighbours_whatever_their_times() -> None:
    assert place([5, 3, 3, 10**15], Granularity.NONE) == ([0, 1, 2, 3], -1)


def test_a_difference_below_what_float_seconds_hold_is_none() -> None:
    # The service divides float seconds: 2 ns are lost beside 300 years of them.
    start = EARLIEST
    assert place([start, start + 100_000 * DAY + 2], Granularity.DAILY) == ([0, 100_000], -1)
    assert place([start, start + DAY + 1000], Granularity.DAILY)[1] == 1


@pytest.mark.parametrize("granularity", [Granularity.DAILY, Granularity.MONTHLY, Granularity.MICROSECOND])
def test_the_first_of_several_off_grid_times_is_named(granularity: Granularity) -> None:
    start = moments("2024-01-01")
    times = [start, add_months(start, 1), add_months(start, 2) + timedelta(hours=1, microseconds=500)]
    times += [add_months(start, 3) + timedelta(days=2, hours=1, microseconds=500)]
    _, off = place(times, granularity, 7 if granularity is Granularity.MICROSECOND else 1)
    assert off == {Granularity.DAILY: 2, Granularity.MONTHLY: 3, Granularity.MICROSECOND: 1}[granularity]


@pytest.mark.parametrize("granularity", Granularity)
def test_times_stay_as_they_are(granularity: Granularity) -> None:
    stamps = np.array([0, 5 * DAY, 31 * DAY], dtype=np.int64)
    stamps.flags.writeable = False
    grid_slots(stamps, granularity, 1)


@pytest.mark.parametrize("granularity", Granularity)
def test_suggested_windows_are_those_of_the_twin(granularity: Granularity) -> None:
    assert suggested_window(granularity, 0) == engine.WINDOW_WITHOUT_PERIOD[granularity.value]
    assert [suggested_window(granularity, period) for period in (1, 7, 1440)] == [5, 29, 5761]


@pytest.mark.parametrize("interval", [1, 59, 60, 3599, 3600])
@pytest.mark.parametrize("granularity", Granularity)
def test_which_grids_are_dense(granularity: Granularity, interval: int) -> None:
    dense = is_dense(granularity, interval)
    assert dense == engine.uses_spectral(random_walk(20, 1).tolist(), granularity.value, interval)
    if granularity is Granularity.MINUTELY:
        assert dense == (interval < 60)
    elif granularity is Granularity.SECONDLY:
        assert dense == (interval < 3600)
    else:
        assert not dense
