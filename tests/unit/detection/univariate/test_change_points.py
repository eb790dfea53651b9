from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    Series,
    StlRule,
    change_points,
)
from anomaly_container.detection.univariate.change_points import walk_trend
from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from tests.naive.univariate import change_points as naive
from tests.support.signals import (
    constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    twice_summed,
    white,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

pytestmark = pytest.mark.usefixtures("kernels")

KINKS = [0, 40, 41, 90, 149]
SERIES: dict[str, FloatArray] = {
    **{f"levels {seed}": steps(80 + 10 * seed, seed, count=3, noise=0.5) for seed in range(6)},
    **{f"walk {seed}": random_walk(90 + seed, seed) for seed in range(6)},
    "noise": white(100, 1),
    "trend": trend(120, 2),
    "kinks": np.interp(np.arange(150), KINKS, [0.0, 10.0, 30.0, -5.0, -5.0]) + white(150, 3, noise=0.1),
    "spikes": spikes(white(100, 4), 4)[0],
    "counts": rounded(steps(100, 5)),
    "twice summed": twice_summed(100, 6),
    "millionths": 1e-6 * steps(100, 8),
    "season": seasonal(90, 7, 9),
    "12 points": steps(12, 10, count=1),
    "two levels": np.repeat([3.0, 8.0], 30),
    "saw": np.arange(100.0) % 13,
}  # fmt: skip


@pytest.mark.parametrize("threshold", [0.01, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("kind", SERIES)
def test_the_walk_is_that_of_the_twin(kind: str, threshold: float) -> None:
    level = SERIES[kind]
    for window in (3, 5, 24):
        flags, scores = walk_trend(level, window, threshold)
        twin_flags, twin_scores = naive.walk(level.tolist(), window, threshold)
        assert flags.tolist() == twin_flags
        assert_within(scores, twin_scores, 1e-9, scale=1.0)


def test_change_points_are_found_and_dropped() -> None:
    """Without both the comparison with the twin would say little."""
    found = {kind: int(walk_trend(level, 5, 0.9)[0].sum()) for kind, level in SERIES.items()}
    assert sum(found.values()) > 30
    confirmed = [
        sum(int(walk_trend(level, window, 0.9)[0].sum()) for level in SERIES.values()) for window in (3, 24)
    ]
    assert confirmed[0] > confirmed[1] > 0


# A segment is looked at in chunks of 64 points, then 256, 1024, 4096.
BORDERS = [63, 64, 65, 255, 256, 257, 1023, 1024, 1025]


@pytest.mark.parametrize("start", [0, 20])
@pytest.mark.parametrize("length", BORDERS)
def test_a_line_breaks_at_the_border_of_a_chunk(length: int, start: int) -> None:
    size = start + length + 40
    level = 0.001 * white(size, length)
    level[start + length :] += 5.0
    level[:start] -= 5.0 if start else 0.0
    flags, scores = walk_trend(level, 10, 0.9)
    assert np.flatnonzero(flags).tolist() == ([start] if start else []) + [start + length]
    twin_flags, twin_scores = naive.walk(level.tolist(), 10, 0.9)
    assert flags.tolist() == twin_flags
    assert_within(scores, twin_scores, 1e-9, scale=1.0)


@pytest.mark.parametrize("size", [64, 65, 256, 257, 1024, 1025])
def test_a_series_ends_at_the_border_of_a_chunk(size: int) -> None:
    level = trend(size, size, slope=1.0)
    flags, scores = walk_trend(level, 10, 0.9)
    twin_flags, twin_scores = naive.walk(level.tolist(), 10, 0.9)
    assert flags.tolist() == twin_flags
    assert_within(scores, twin_scores, 1e-9, scale=1.0)


@pytest.mark.parametrize(("lives", "confirmed"), [(3, False), (4, False), (5, False), (6, True), (7, True)])
def test_a_candidate_must_live_its_window_before_the_end(lives: int, confirmed: bool) -> None:
    """It has lived i - c points at point i: five at the sixth point of its segment."""
    level = np.concatenate((np.zeros(30), np.full(lives, 9.0))) + 0.001 * white(30 + lives, 1)
    flags, scores = walk_trend(level, 5, 0.9)
    assert np.flatnonzero(flags).tolist() == ([30] if confirmed else [])
    assert flags.tolist() == naive.walk(level.tolist(), 5, 0.9)[0]
    # Confirmed, it is measured by the line through the 30 points before, else by the line with itself.
    assert scores[30] == pytest.approx(1.0 if confirmed else 0.87, abs=0.01)


@pytest.mark.parametrize(("lives", "confirmed"), [(3, False), (4, False), (5, True), (6, True)])
def test_a_candidate_of_age_is_confirmed_where_its_trend_breaks(lives: int, confirmed: bool) -> None:
    level = np.repeat([0.0, 9.0, 20.0], [30, lives, 20]) + 0.001 * white(50 + lives, 1)
    flags, _ = walk_trend(level, 5, 0.9)
    assert (30 in np.flatnonzero(flags)) is confirmed
    assert 30 + lives in np.flatnonzero(flags)
    assert flags.tolist() == naive.walk(level.tolist(), 5, 0.9)[0]


def test_a_candidate_dropped_young_leaves_the_base_trend_as_it_was() -> None:
    level = np.concatenate((np.zeros(30), np.full(3, 9.0), np.full(20, 18.0))) + 0.001 * white(53, 1)
    flags, scores = walk_trend(level, 5, 0.9)
    assert np.flatnonzero(flags).tolist() == [33]
    # The line through the first 30 points foretells 0, not the 9 of the three between.
    assert scores[33] == pytest.approx(1.0, abs=0.01)
    assert scores[30] == pytest.approx(0.87 / 2, abs=0.01)


@pytest.mark.parametrize("value", [0.0, 0.1, 855.0, -1e99])
@pytest.mark.parametrize("noise", [0.0, 1e-16])
def test_a_constant_series_scores_nothing(value: float, noise: float) -> None:
    level = constant(100, value=value) * (1.0 + noise * white(100, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flags, scores = walk_trend(level, 3, 0.99)
    assert not flags.any()
    assert not scores.any()


@pytest.mark.parametrize(("threshold", "breaks"), [(0.875, False), (0.8751, True)])
def test_a_line_breaks_beyond_the_threshold_and_not_at_it(threshold: float, breaks: bool) -> None:
    # The third point leaves its line by 1, an eighth of the range.
    level = np.array([0.0, 0.0, 6.0, 7.0, 8.0, 8.0])
    _, scores = walk_trend(level, 5, threshold)
    assert scores[2] == 0.125
    # The second point of a new segment has no score.
    assert (scores[3] == 0.0) == breaks


def test_a_range_has_a_floor() -> None:
    level = np.concatenate((np.zeros(30), np.full(30, 1e-9)))
    flags, scores = walk_trend(level, 5, 0.9)
    assert not flags.any()
    assert_within(scores, naive.walk(level.tolist(), 5, 0.9)[1], 1e-12, scale=1.0)
    assert scores.max() == pytest.approx(0.087, abs=0.001)


@pytest.mark.parametrize("scale", [1e-6, 1e90])
def test_scores_do_not_depend_on_the_unit(scale: float) -> None:
    level = steps(90, 1)
    flags, scores = walk_trend(level * scale, 5, 0.9)
    plain_flags, plain_scores = walk_trend(level, 5, 0.9)
    assert_equal(flags, plain_flags)
    assert_within(scores, plain_scores, 1e-12, scale=1.0)


def test_a_high_level_costs_no_digits() -> None:
    level = np.round(steps(100, 7) * 64.0) / 64.0
    flags, scores = walk_trend(level + 2.0**30, 5, 0.9)
    twin_flags, twin_scores = naive.walk(level.tolist(), 5, 0.9)
    assert flags.tolist() == twin_flags
    assert_within(scores[~flags], np.array(twin_scores)[~flags], 1e-12, scale=1.0)
    # The extrapolated base trend is rounded at its level.
    assert_within(scores, twin_scores, 1e-8, scale=1.0)


SEASONAL: dict[str, tuple[FloatArray, int | None]] = {
    "season on levels": (steps(90, 1, count=1, noise=0.1) + seasonal(90, 7, 1, amplitude=3.0), 7),
    "season found": (steps(90, 2, count=1, noise=0.1) + seasonal(90, 7, 2, amplitude=12.0), None),
    "no season found": (steps(70, 3), None),
    "no season given": (seasonal(60, 7, 4), 0),
    "a season of one": (seasonal(60, 7, 5), 1),
    "growing season": (growing_seasonal(60, 12, 6), 12),
    "constant": (constant(24), None),
}


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize("kind", SEASONAL)
def test_the_result_is_that_of_the_twin(kind: str, rule: StlRule) -> None:
    values, period = SEASONAL[kind]
    for granularity, window, threshold in (
        (Granularity.DAILY, None, None),
        (Granularity.HOURLY, 5, None),
        (Granularity.WEEKLY, None, 0.8),
    ):
        options = ChangePointOptions(granularity, 1, period, window, threshold, rule)
        result = change_points(Series.without_gaps(values), options)
        found, flags, scores = naive.change_points(
            values.tolist(), granularity.value, 1, period, window, threshold, rule.value
        )
        assert result.period == found
        assert result.is_change_point.tolist() == flags
        assert_within(result.confidence_scores, scores, 1e-9, scale=1.0)
        assert result.model_id == 60


def test_the_trend_of_a_season_is_walked() -> None:
    values, period = SEASONAL["season on levels"]
    assert period is not None
    result = change_points(Series.without_gaps(values), ChangePointOptions(Granularity.DAILY, period=period))
    level = robust_stl(values, period, StlRule.SERVICE).trend
    assert_equal(result.confidence_scores, walk_trend(level, 5, 0.9)[1])
    assert result.is_change_point.any()


@pytest.mark.parametrize("granularity", Granularity)
def test_windows_and_thresholds_by_granularity(granularity: Granularity) -> None:
    window = naive.WINDOWS[granularity.value]
    threshold = 0.91 if granularity is Granularity.HOURLY else 0.9
    level = steps(400, 1, count=9, noise=0.3)
    result = change_points(Series.without_gaps(level), ChangePointOptions(granularity, period=0))
    flags, scores = walk_trend(level, window, threshold)
    assert_equal(result.is_change_point, flags)
    assert_equal(result.confidence_scores, scores)


def test_hours_break_a_little_sooner() -> None:
    """A break of 9.5 % of the range is one at 0.91 alone."""
    level = np.concatenate((np.zeros(40), np.full(60, 1.095), np.full(60, 10.0)))
    counts = {
        granularity: int(
            change_points(
                Series.without_gaps(level),
                ChangePointOptions(granularity, period=0, stable_trend_window=20),
            ).is_change_point.sum()
        )
        for granularity in (Granularity.HOURLY, Granularity.DAILY)
    }
    assert counts == {Granularity.HOURLY: 2, Granularity.DAILY: 1}


def test_gaps_are_not_filled() -> None:
    values = steps(60, 1)
    gappy = Series(values, np.arange(60) + np.where(np.arange(60) > 30, 15, 0))
    options = ChangePointOptions(Granularity.DAILY, period=0)
    assert_equal(
        change_points(gappy, options).confidence_scores,
        change_points(Series.without_gaps(values), options).confidence_scores,
    )
