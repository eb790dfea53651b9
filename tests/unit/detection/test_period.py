from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection import Granularity
from anomaly_container.detection.period import (
    _acceptance,
    _calendar,
    _explained_share,
    _explains,
    _explains_detrended,
    _single_medians,
    calendar_period,
    detect_period,
)
from anomaly_container.detection.scaling import minmax
from tests.naive import period as naive
from tests.naive.running import running_median_stale
from tests.signals import (
    almost_constant,
    constant,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    twice_summed,
    white,
)
from tests.unit.detection.agreement import assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray

INTERVALS = {
    Granularity.DAILY: (1, 3),
    Granularity.WEEKLY: (1, 2),
    Granularity.MONTHLY: (1,),
    Granularity.YEARLY: (1,),
    Granularity.HOURLY: (1, 2, 3, 6, 24, 200),
    Granularity.MINUTELY: (1, 120, 400),
    Granularity.SECONDLY: (1, 21600),
    Granularity.MICROSECOND: (1, 7),
    Granularity.NONE: (1,),
}
SERIES: dict[str, FloatArray] = {
    **{f"season of {period}": seasonal(5 * period + 3, period, period) for period in (4, 7, 12, 24, 28)},
    **{f"noisy season of {period}": seasonal(120, period, period, noise=9.0) for period in (4, 7, 12, 24)},
    **{f"season of {period} on a walk": seasonal(140, period, period) + 4 * random_walk(140, period)
       for period in (7, 12, 24)},
    **{f"season of {period} on a parabola": seasonal(150, period, period) + 0.02 * np.arange(150) ** 2
       for period in (4, 7, 12, 24)},
    "counts": rounded(seasonal(98, 7, 1, amplitude=3.0)),
    "small counts on a parabola": rounded(seasonal(98, 7, 2, amplitude=4.0) + 0.02 * np.arange(98) ** 2),
    "season with spikes": spikes(seasonal(90, 7, 3), 3, count=6)[0],
    "levels": steps(100, 4),
    "trend": trend(70, 5),
    "twice summed": twice_summed(90, 6),
    "noise": white(100, 7),
    "14 points": seasonal(14, 7, 8),
    "15 points": seasonal(15, 7, 8),
    "almost constant": almost_constant(60, 9),
    "constant": constant(40),
}  # fmt: skip


@pytest.mark.parametrize("granularity", Granularity)
def test_the_calendar_is_that_of_the_twin(granularity: Granularity) -> None:
    for interval in (*INTERVALS[granularity], 11, 10_080, 10_081):
        candidates, standard = _calendar(granularity, interval)
        assert list(candidates) == naive.calendar_candidates(granularity.value, interval)
        assert standard == (naive.standard_period(granularity.value, interval) or 0)


STEPS = [(granularity, interval) for granularity, intervals in INTERVALS.items() for interval in intervals]


@pytest.mark.parametrize("kind", SERIES)
def test_the_calendar_period_is_that_of_the_twin(kind: str) -> None:
    values = SERIES[kind]
    for granularity, interval in STEPS:
        found = calendar_period(minmax(values), granularity, interval)
        assert found == naive.calendar_period(values.tolist(), granularity.value, interval)


@pytest.mark.parametrize("granularity", [Granularity.DAILY, Granularity.HOURLY, Granularity.NONE])
@pytest.mark.parametrize("kind", SERIES)
def test_the_period_is_that_of_the_twin(kind: str, granularity: Granularity) -> None:
    values = SERIES[kind]
    assert detect_period(values, granularity, 1) == naive.detect_period(values.tolist(), granularity.value, 1)


CANDIDATES = [
    (kind, period)
    for kind, values in SERIES.items()
    for period in (4, 5, 7, 12, 24, 56)
    if values.size > 2 * period and np.ptp(values) > 0.0
]


@pytest.mark.parametrize(("kind", "period"), CANDIDATES)
def test_the_plain_test_of_a_candidate(kind: str, period: int) -> None:
    values = minmax(SERIES[kind])
    share = naive.explained(naive.despike(values.tolist()), period)
    accepted = share is not None and share > naive.by_size(period, 0.35, 0.15, 0.1)
    assert _explains(values, period) == accepted


@pytest.mark.parametrize(("kind", "period"), CANDIDATES)
def test_the_detrended_test_of_a_candidate(kind: str, period: int, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[FloatArray] = []

    def recorded(values: FloatArray, cycle: int) -> float:
        judged.append(values)
        return _explained_share(values, cycle)

    monkeypatch.setattr("anomaly_container.detection.period._explained_share", recorded)
    values = minmax(SERIES[kind])
    accepted = _explains_detrended(values, period)
    trend = running_median_stale(values.tolist(), 2 * (period // 2) + 1)
    rest = naive.despike((values - np.array(trend)).tolist())
    flattened = naive.flattened_phases(rest, period)
    # Which side of a phase is pulled to its median is decided by the rounding of that median.
    assert_within(judged[0], flattened, 1e-15)
    share = naive.explained(flattened, period)
    assert accepted == (share is not None and share > naive.by_size(period, 0.35, 0.65, 0.7))


def test_each_of_both_tests_accepts_what_the_other_does_not() -> None:
    verdicts = {
        (_explains(values, 7), _explains_detrended(values, 7))
        for values in map(minmax, SERIES.values())
        if values.size > 14 and values.var() > 1e-8
    }
    assert verdicts == {(False, False), (False, True), (True, False), (True, True)}


def test_a_season_of_a_week_of_hours_stands_for_one_of_a_day() -> None:
    day = seasonal(337, 24, 1)
    assert detect_period(day, Granularity.HOURLY, 1) == 168
    assert detect_period(day[:336], Granularity.HOURLY, 1) == 24
    assert detect_period(seasonal(169, 12, 1), Granularity.HOURLY, 2) == 84
    assert detect_period(seasonal(168, 12, 1), Granularity.HOURLY, 2) == 12
    assert detect_period(seasonal(40, 4, 1), Granularity.WEEKLY, 1) == 12
    assert detect_period(seasonal(24, 4, 1), Granularity.WEEKLY, 1) == 4


def test_a_second_of_milliseconds_is_kept_as_it_is() -> None:
    values = seasonal(2001, 1000, 1)
    assert detect_period(values, Granularity.MICROSECOND, 1) == 1000
    assert calendar_period(minmax(values[:2000]), Granularity.MICROSECOND, 1) == 0


def test_a_candidate_needs_more_than_two_periods() -> None:
    assert calendar_period(minmax(seasonal(15, 7, 8)), Granularity.DAILY, 1) == 7
    assert calendar_period(minmax(seasonal(14, 7, 8)), Granularity.DAILY, 1) == 0


def test_a_candidate_has_at_least_four_points() -> None:
    assert calendar_period(minmax(seasonal(40, 4, 1)), Granularity.HOURLY, 6) == 28 // 7
    assert calendar_period(minmax(seasonal(40, 3, 1)), Granularity.HOURLY, 8) == 0


def test_a_season_of_noise_is_none() -> None:
    found = [detect_period(white(200, seed), Granularity.DAILY, 1) for seed in range(10)]
    assert found.count(0) >= 8
    assert detect_period(constant(50), Granularity.DAILY, 1) == 0


@pytest.mark.parametrize(("period", "share"), [(4, 0.35), (24, 0.35), (25, 0.15), (168, 0.15), (169, 0.1)])
def test_longer_seasons_need_explain_less(period: int, share: float) -> None:
    limits = ((24, 0.35), (168, 0.15))
    assert _acceptance(period, limits, 0.1) == share == naive.by_size(period, 0.35, 0.15, 0.1)


@pytest.mark.parametrize("kind", SERIES)
def test_the_explained_share_is_that_of_the_twin(kind: str) -> None:
    values = minmax(SERIES[kind])
    twin = naive.explained(values.tolist(), 5)
    if twin is None:
        assert _explained_share(values, 5) == -np.inf
    else:
        assert_within(_explained_share(values, 5), twin, 1e-5, scale=1.0)


def test_a_series_without_variance_explains_nothing_and_one_without_error_all() -> None:
    assert _explained_share(np.full(30, 0.5), 7) == -np.inf
    assert _explained_share(1e-4 * white(70, 1), 7) == -np.inf
    assert _explained_share(np.tile(white(7, 1), 5), 7) == 1.0


def test_medians_of_buckets_are_those_of_single_precision() -> None:
    # 1 + 2^-30 is 1 in single precision; so is the mean of 1 and 1 + 2^-23, by the rule of the even digit.
    table = np.array([[0.0, 1.0], [1.0 + 2.0**-30, 1.0 + 2.0**-23], [2.0, 0.0], [1.0 + 2.0**-30, 2.0]])
    assert _single_medians(table).tolist() == [1.0, 1.0]
