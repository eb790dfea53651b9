from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from anomaly_container.detection import ImputeMode, Series
from anomaly_container.detection.series import for_detection, for_period_detection, has_fillable_gaps, impute
from tests.naive import engine
from tests.naive import impute as naive
from tests.signals import gaps, random_walk, rounded, seasonal, trend, white, without
from tests.unit.detection.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray

FILLING = [mode for mode in ImputeMode if mode is not ImputeMode.NOT_FILL]


def series(kept: tuple[FloatArray, list[int]]) -> Series:
    return Series(kept[0], np.array(kept[1], dtype=np.int64))


def with_bursts(values: FloatArray, seed: int) -> tuple[FloatArray, list[int]]:
    """Drop runs of one to twelve points, as outages do."""
    rng = np.random.default_rng(seed)
    dropped = [
        point
        for start in rng.choice(
            np.arange(1, values.size - 14), size=values.size // 15, replace=False
        ).tolist()
        for point in range(start, start + int(rng.integers(1, 13)))
    ]
    return without(values, dropped)


GAPPY: dict[str, Series] = {
    **{f"season, scattered gaps {seed}": series(gaps(seasonal(90, 7, seed), seed)) for seed in range(4)},
    **{f"season, outages {seed}": series(with_bursts(seasonal(150, 24, seed), seed)) for seed in range(6)},
    **{f"noise, outages {seed}": series(with_bursts(white(120, seed), seed)) for seed in range(4)},
    **{
        f"counts, outages {seed}": series(with_bursts(rounded(2 * white(120, seed)), seed))
        for seed in range(4)
    },
    **{f"trend, outages {seed}": series(with_bursts(trend(120, seed), seed)) for seed in range(4)},
    **{
        f"walk, many gaps {seed}": series(gaps(random_walk(100, seed), seed, share=0.48)) for seed in range(4)
    },
    "line": series(with_bursts(np.linspace(0.0, 9.0, 100), 1)),
    "gaps at the edges": series(without(seasonal(90, 7, 1), [1, 2, 3, 86, 87, 88])),
    "a gap next to the first point": series(without(trend(60, 2), [1])),
    "one long gap": series(without(seasonal(120, 12, 3), range(40, 75))),
    "every other point": series(without(seasonal(120, 12, 4), range(1, 119, 2))),
    "whole seasons": series(without(seasonal(120, 12, 5), [*range(24, 36), *range(60, 84)])),
    "no gap": Series.without_gaps(white(40, 6)),
}


def assert_points_are_kept(found: FloatArray, gappy: Series, mode: ImputeMode, period: int) -> None:
    """A season is filled about the points as a spline has them, which are off by its rounding."""
    if mode is ImputeMode.AUTO and period > 1:
        assert_within(found, gappy.values, 1e-14)
    else:
        assert_equal(found, gappy.values)


@pytest.mark.parametrize("kind", GAPPY)
def test_the_filled_grid_is_that_of_the_twin(kind: str) -> None:
    gappy = GAPPY[kind]
    values, slots = gappy.values.tolist(), gappy.slots.tolist()
    for mode, period in product(FILLING, (0, 1, 4, 7, 12, 20, 24, 28, 40)):
        grid = impute(gappy, mode, -17.5, period)
        assert grid.shape == (gappy.grid_length,)
        assert_points_are_kept(grid[gappy.slots], gappy, mode, period)
        assert_within(grid, naive.impute(values, slots, mode.value, -17.5, period), 1e-12)


def test_each_stage_of_auto_is_reached() -> None:
    """Short gaps are cubic or straight, long ones come from other seasons or are straight."""
    values = seasonal(100, 24, 1, noise=0.1)
    short = series(without(values, [30, 31, 32]))
    cubic = impute(short, ImputeMode.AUTO, 0.0, 24)
    straight = impute(short, ImputeMode.LINEAR, 0.0, 24)
    assert np.abs(cubic - straight)[30:33].min() > 1e-3
    long = series(without(values, range(30, 38)))
    from_seasons = impute(long, ImputeMode.AUTO, 0.0, 24)
    weights = np.array([0.6, 0.6, 0.3]) / 1.5
    for point in range(30, 38):
        assert from_seasons[point] == pytest.approx(weights @ values[[point - 24, point + 24, point + 48]])
    lonely = series(without(values, [*range(8, 18), *range(32, 42), *range(56, 66), *range(80, 90)]))
    straight = impute(lonely, ImputeMode.LINEAR, 0.0, 24)
    assert_within(impute(lonely, ImputeMode.AUTO, 0.0, 24), straight, 1e-14)


def spline(gappy: Series, at: int | range) -> FloatArray:
    """Return the not-a-knot cubic spline through all points of a series."""
    through: FloatArray = CubicSpline(gappy.slots, gappy.values, bc_type="not-a-knot")(at)
    return through


@pytest.mark.parametrize(
    ("length", "period", "is_cubic"),
    [(6, 24, True), (7, 28, False), (6, 23, False), (2, 8, True), (2, 7, False), (1, 4, True), (1, 3, False)],
)
def test_how_long_a_gap_is_cubic(length: int, period: int, is_cubic: bool) -> None:
    values = seasonal(120, period, 1)
    values[[10, 50, 51]] = [999.0, 80.0, 120.0]
    values[11] = -999.0
    gap = range(52, 52 + length)
    gappy = series(without(values, gap))
    filled = impute(gappy, ImputeMode.AUTO, 0.0, period)[gap.start : gap.stop]
    assert np.allclose(filled, spline(gappy, gap), rtol=1e-9, atol=0.0) is is_cubic


def test_a_cubic_that_leaves_monotone_neighbours_is_straightened() -> None:
    values = np.concatenate((np.zeros(20), [10.0, 0.0, 10.1, 10.2, 10.3], np.full(10, 20.0)))
    gappy = series(without(values, [21]))
    assert spline(gappy, 21) > 12.0
    assert impute(gappy, ImputeMode.AUTO, 0.0, 8)[21] == pytest.approx(10.05)
    # So are neighbours that do not rise all the way.
    values[19] = 10.0
    level = series(without(values, [21]))
    assert spline(level, 21) < 10.0
    assert impute(level, ImputeMode.AUTO, 0.0, 8)[21] == pytest.approx(10.05)
    values[19] = 10.1
    bent = series(without(values, [21]))
    assert impute(bent, ImputeMode.AUTO, 0.0, 8)[21] == pytest.approx(spline(bent, 21))


def test_the_first_point_of_the_grid_is_no_neighbour() -> None:
    """Two neighbours are left, too few to call them monotone: the spline stands."""
    values = np.array([0.0, 10.0, 10.1, 20.0, 20.1, 4.0, 5.0, 30.0, 6.0, 5.0, 4.0, 5.0])
    gappy = series((values, [0, *range(2, 13)]))
    assert spline(gappy, 1) > 11.0
    assert impute(gappy, ImputeMode.AUTO, 0.0, 4)[1] == pytest.approx(spline(gappy, 1))
    later = series((np.append(-30.0, values), [0, 1, *range(3, 14)]))
    assert spline(later, 2) > 10.1
    assert impute(later, ImputeMode.AUTO, 0.0, 4)[2] == pytest.approx(5.0)


def test_cubic_values_stay_within_the_data() -> None:
    values = np.tile([0.0, 0.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0], 6)
    gappy = series(without(values, [19, 20]))
    filled = impute(gappy, ImputeMode.AUTO, 0.0, 8)
    assert filled[19] == filled[20] == 10.0


def test_survivors_move_up_to_the_gap() -> None:
    """The season before is missing too: the one before that has the largest weight."""
    values = np.arange(140.0) ** 1.5
    gappy = series(without(values, [*range(66, 74), *range(46, 54)]))
    filled = impute(gappy, ImputeMode.AUTO, 0.0, 20)
    before = 0.6 * values[30] + 0.3 * values[10]
    after = 0.6 * values[90] + 0.3 * values[110] + 0.1 * values[130]
    assert filled[70] == pytest.approx((before + after) / 1.9)


def test_a_probe_into_a_gap_is_spent_and_the_next_starts_beyond_it() -> None:
    values = np.arange(100.0) ** 1.5
    gappy = series(without(values, range(40, 62)))
    filled = impute(gappy, ImputeMode.AUTO, 0.0, 7)
    # From 60 back: 53 is in the gap, then 39 and 32; on: 67, 74, 81.
    before = 0.6 * values[39] + 0.3 * values[32]
    after = 0.6 * values[67] + 0.3 * values[74] + 0.1 * values[81]
    assert filled[60] == pytest.approx((before + after) / 1.9)


@pytest.mark.parametrize("kind", GAPPY)
def test_what_is_filled_when_is_as_the_twin_says(kind: str) -> None:
    gappy = GAPPY[kind]
    values, slots = gappy.values.tolist(), gappy.slots.tolist()
    for mode in ImputeMode:
        wanted = engine.fill_for_period(values, slots, mode.value, 3.0)
        assert_within(for_period_detection(gappy, mode, 3.0), wanted, 1e-12)
    for mode, period in product(ImputeMode, (0, 1, 2, 12)):
        filled, own = engine.fill_for_detection(values, slots, mode.value, 3.0, period)
        ours = for_detection(gappy, mode, 3.0, period)
        assert_within(ours, filled, 1e-12)
        assert_points_are_kept(ours[own], gappy, mode, period)


def test_grids_over_the_limit_are_not_filled() -> None:
    for last_slot, fillable in ((17_279, True), (17_280, False)):
        gappy = Series(white(13, 1), np.array([*range(12), last_slot]))
        assert has_fillable_gaps(gappy) is fillable
        for mode in FILLING:
            assert (for_detection(gappy, mode, 0.0, 2).size == last_slot + 1) is fillable
            assert (for_period_detection(gappy, mode, 0.0).size == last_slot + 1) is fillable


def test_a_series_without_gaps_has_none_to_fill() -> None:
    whole = Series.without_gaps(white(20, 1))
    assert not has_fillable_gaps(whole)
    assert has_fillable_gaps(GAPPY["line"])
    for mode in ImputeMode:
        assert_equal(for_detection(whole, mode, 0.0, 7), whole.values)
        assert_equal(for_period_detection(whole, mode, 0.0), whole.values)


@pytest.mark.parametrize("mode", FILLING)
def test_the_points_of_the_caller_stay_as_they_are(mode: ImputeMode) -> None:
    gappy = GAPPY["season, outages 1"]
    copy = Series(gappy.values.copy(), gappy.slots.copy())
    copy.values.flags.writeable = copy.slots.flags.writeable = False
    for period in (0, 24):
        impute(copy, mode, 1.0, period)[:] = 0.0
    assert_equal(copy.values, gappy.values)
