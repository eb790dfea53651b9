from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels import robust

from anomaly_container.detection.constants import NORMAL_QUARTILE
from anomaly_container.detection.scaling import (
    ascending_order,
    column_medians,
    earlier_first,
    mad,
    median,
    minmax,
    quartiles,
)
from tests.naive.esd import min_max_normalised
from tests.signals import constant, random_walk, rounded, white
from tests.unit.detection.agreement import assert_equal, assert_within


@pytest.mark.parametrize("size", [12, 13, 100, 101])
@pytest.mark.parametrize("seed", range(5))
def test_mad_is_that_of_statsmodels(size: int, seed: int) -> None:
    for values in (white(size, seed), rounded(3 * white(size, seed)), 1e9 + white(size, seed)):
        assert_within(mad(values), float(robust.mad(values, c=NORMAL_QUARTILE)), 1e-15)


@pytest.mark.parametrize("size", [1, 2, 3, 12, 13, 500, 501])
def test_the_median_is_that_of_numpy(size: int) -> None:
    for seed in range(5):
        for values in (white(size, seed), rounded(3 * white(size, seed)), 1e300 * white(size, seed)):
            assert median(values) == float(np.median(values))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 12, 13, 500, 501, 8640])
def test_quartiles_are_those_of_numpy(size: int) -> None:
    for seed in range(5):
        for values in (white(size, seed), rounded(3 * white(size, seed)), 1e300 * white(size, seed)):
            assert quartiles(values) == tuple(np.quantile(values, (0.25, 0.75)).tolist())


@pytest.mark.parametrize(
    "shape",
    [(1, 3), (2, 3), (3, 7), (4, 7), (71, 24), (72, 24), (1, 400), (2, 400), (5, 256), (6, 300), (7, 300)],
)
def test_medians_of_columns_are_those_of_numpy(shape: tuple[int, int]) -> None:
    rows, columns = shape
    table = white(rows * columns, 1).reshape(shape)
    single = table.astype(np.float32)
    assert_equal(column_medians(table), np.median(table, axis=0).tolist())
    assert_equal(column_medians(single), np.median(single, axis=0).tolist())
    assert column_medians(single).dtype == np.float32


@pytest.mark.parametrize("size", [1, 2, 12, 500, 8640])
def test_equal_values_keep_their_order(size: int) -> None:
    zeros = np.where(np.arange(size) % 2, 0.0, -0.0)
    for values in (white(size, 1), rounded(white(size, 2)), constant(size), zeros):
        assert_equal(ascending_order(values, earlier_first), np.argsort(values, kind="stable").tolist())


def test_equal_values_alone_call_for_the_sort_that_settles_their_order() -> None:
    backwards = np.array([3, 2, 1, 0])
    assert_equal(ascending_order(np.array([2.0, 1.0, 2.0, 0.0]), lambda _: backwards), backwards)
    assert_equal(ascending_order(np.array([2.0, 1.0, 3.0, 0.0]), lambda _: backwards), [3, 1, 0, 2])


def test_mad_estimates_the_deviation_of_normal_values() -> None:
    assert abs(NORMAL_QUARTILE / norm.ppf(0.75) - 1.0) < 1e-7
    assert mad(white(8640, 1, noise=7.0)) == pytest.approx(7.0, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_minmax_scales_to_one_as_its_twin(seed: int) -> None:
    values = random_walk(50, seed) * 1e6
    scaled = minmax(values)
    assert_equal(scaled, min_max_normalised(values.tolist()))
    assert (scaled.min(), scaled.max()) == (0.0, 1.0)


def test_a_constant_series_becomes_zeros() -> None:
    assert_equal(minmax(constant(12)), np.zeros(12))
