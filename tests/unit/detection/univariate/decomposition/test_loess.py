from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate.decomposition.loess import (
    column_sums,
    line_weights,
    local_lines,
    smooth,
    tricube,
)
from tests.naive.univariate import loess as naive
from tests.support.signals import seasonal, white
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

# Length, span, jump: windows within the series, as long as it, longer; jumps of one, that fit, that do not.
LAYOUTS = [
    (2, 3, 1),
    (5, 3, 1),
    (30, 7, 1),
    (31, 7, 3),
    (50, 11, 2),
    (60, 59, 6),
    (60, 61, 7),
    (61, 61, 7),
    (40, 91, 10),
    (12, 601, 61),
    (200, 37, 4),
    (97, 25, 200),
]


def fast_loess(values: FloatArray, span: int, jump: int, robustness: FloatArray | None = None) -> FloatArray:
    lines = local_lines(values.size, span, jump)
    return smooth(values, lines, *line_weights(lines, robustness))


@pytest.mark.parametrize(("length", "span", "jump"), LAYOUTS)
def test_windows_are_the_nearest_points(length: int, span: int, jump: int) -> None:
    lines = local_lines(length, span, jump)
    assert lines.grid[0] == 0
    assert lines.grid[-1] == length - 1
    assert (np.diff(lines.grid)[:-1] == min(jump, length - 1)).all()
    for point, window in zip(lines.grid.tolist(), lines.window.T, strict=True):
        first, last = naive.window_of(point + 1, length, span)
        assert_equal(window, np.arange(first - 1, last))


@pytest.mark.parametrize("weighting", ["none", "random", "many zeros"])
@pytest.mark.parametrize(("length", "span", "jump"), LAYOUTS)
def test_the_smooth_is_the_twin_bit_for_bit(length: int, span: int, jump: int, weighting: str) -> None:
    for seed in range(4):
        values = seasonal(length, 12, seed, level=0.0)
        random = np.random.default_rng(seed).random(length)
        weights = {"none": None, "random": random, "many zeros": np.where(random < 0.8, 0.0, random)}
        robustness = weights[weighting]
        twin = naive.smooth(
            values.tolist(), span, 1, jump, None if robustness is None else robustness.tolist()
        )
        assert_equal(fast_loess(values, span, jump, robustness), twin)


def test_a_window_without_weight_keeps_the_datum() -> None:
    values = white(40, 1)
    robustness = np.ones(40)
    robustness[10:20] = 0.0
    smoothed = fast_loess(values, 5, 1, robustness)
    assert_equal(smoothed[12:18], values[12:18])
    assert (smoothed[[9, 20]] != values[[9, 20]]).all()


@pytest.mark.parametrize("jump", [1, 4])
def test_a_line_is_its_own_smooth(jump: int) -> None:
    line = 3.0 - 0.25 * np.arange(80.0)
    assert_within(fast_loess(line, 15, jump), line, 1e-14)


def test_a_window_whose_weight_is_one_point_takes_its_value() -> None:
    robustness = np.zeros(30)
    robustness[15] = 0.7
    values = white(30, 2)
    assert fast_loess(values, 9, 1, robustness)[14] == pytest.approx(values[15], rel=1e-15)


def test_tricube_is_flat_near_the_centre_and_nothing_at_the_border() -> None:
    distance = np.array([0.0, 0.01, 0.0100001, 5.0, 9.99, 9.9900001, 10.0, 11.0])
    weights = tricube(distance, 10.0)
    assert_equal(weights[:2], [1.0, 1.0])
    assert weights[2] < 1.0
    assert weights[3] == (1.0 - 0.5**3) ** 3
    assert 0.0 < weights[4] < 1e-7
    assert not weights[5:].any()


@pytest.mark.parametrize("shape", [(1000, 1), (1000, 2), (1000, 33), (1000, 4, 1), (300, 4, 24), (9, 1)])
def test_columns_are_added_from_the_first_row_to_the_last(shape: tuple[int, ...]) -> None:
    table = np.random.default_rng(1).standard_normal(shape)
    one_by_one = np.zeros(shape[1:])
    for row in table:
        one_by_one = one_by_one + row
    assert_equal(column_sums(table), one_by_one)


def test_adding_in_another_order_gives_other_digits() -> None:
    column = np.random.default_rng(1).standard_normal((1000, 1))
    assert column_sums(column)[0] != column[:, 0].sum()
