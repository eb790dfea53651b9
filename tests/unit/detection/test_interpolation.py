from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, interp1d

from anomaly_container.detection.interpolation import cubic_through
from tests.signals import constant, random_walk, rounded, seasonal, white
from tests.unit.detection.agreement import assert_within


def test_a_cubic_is_its_own_spline() -> None:
    """x^3 - 5 x at 0, 1, 2, 4, 5, 7, 8, and between them at 3: 27 - 15 = 12, and at 6: 216 - 30 = 186."""
    slots = np.array([0, 1, 2, 4, 5, 7, 8])
    spline = cubic_through(slots, slots**3 - 5.0 * slots)
    assert spline.size == 9
    assert spline[[3, 6]].tolist() == pytest.approx([12.0, 186.0], rel=1e-13)


def gaps(size: int, seed: int, share: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    random = np.random.default_rng(seed)
    grid = int(size * share) + 1
    return np.append(0, np.sort(random.choice(np.arange(1, grid), size - 1, replace=False)))


@pytest.mark.parametrize("share", [1.0, 1.05, 1.5, 2.0, 9.0])
@pytest.mark.parametrize("size", [6, 7, 12, 13, 100, 701])
def test_the_spline_is_that_of_scipy(size: int, share: float) -> None:
    for seed in range(5):
        slots = gaps(size, seed, share)
        for values in (white(size, seed), random_walk(size, seed) * 1e6, rounded(seasonal(size, 7, seed))):
            place = np.arange(slots[-1] + 1)
            oracle = interp1d(slots, values, kind="cubic")(place)
            assert_within(cubic_through(slots, values), oracle, 1e-12)
            assert_within(cubic_through(slots, values), CubicSpline(slots, values)(place), 1e-11)


def test_points_come_back_but_for_rounding() -> None:
    slots = gaps(500, 1, 1.4)
    values = 100.0 + white(500, 1)
    found = cubic_through(slots, values)[slots]
    assert_within(found, values, 4.0 * np.finfo(np.float64).eps)
    assert (found != values).any()


def test_one_long_gap_leaves_both_sides_as_they_are() -> None:
    slots = np.concatenate((np.arange(40), np.arange(40) + 6000))
    values = white(80, 1)
    assert_within(cubic_through(slots, values)[slots], values, 1e-15)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e99])
def test_a_constant_stays_one(value: float) -> None:
    slots = gaps(30, 1, 2.0)
    spline = cubic_through(slots, constant(30, value=value))
    np.testing.assert_allclose(spline, value, rtol=1e-14)


def test_the_points_are_left_alone() -> None:
    slots, values = gaps(30, 1, 1.5), white(30, 1)
    values.flags.writeable = slots.flags.writeable = False
    copy = values.copy()
    cubic_through(slots, values)[:] = 0.0
    assert_within(values, copy, 0.0)
