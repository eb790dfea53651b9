from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import StlRule
from anomaly_container.detection.univariate.decomposition.r_partial_sort import (
    _NARROW,
    _partition_array,
    _partition_list,
    middle_values,
)
from tests.naive.univariate.stl import partial_median_sum
from tests.unit.detection.univariate.agreement import assert_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.detection.numeric.arrays import FloatArray

# Lists take over from arrays at _NARROW elements: sizes on both sides, and where one partition crosses over.
SIZES = [
    *range(1, 40),
    *range(_NARROW - 4, _NARROW + 6),
    *range(2 * _NARROW - 3, 2 * _NARROW + 4),
    401,
    1000,
]


def vectors(size: int, seed: int) -> Iterator[FloatArray]:
    """Yield residuals of many kinds: distinct, tied, sorted, two-valued, peaked, with one outlier."""
    rng = np.random.default_rng([size, seed])
    distinct = np.abs(rng.standard_normal(size))
    yield distinct
    yield 0.1 * np.round(10.0 * distinct)
    yield np.round(4.0 * distinct)
    yield np.sort(distinct)
    yield np.sort(distinct)[::-1].copy()
    yield np.abs(np.arange(float(size)) - size // 2)
    yield np.round(rng.random(size))
    yield np.where(rng.random(size) < 0.5, 0.0, distinct)
    yield np.sort(np.round(distinct, 1))
    yield np.full(size, 0.3)
    yield np.where(np.arange(size) == seed % size, 1e9, distinct)


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize("size", SIZES)
def test_the_middle_values_are_those_of_the_twin(size: int, rule: StlRule) -> None:
    for seed in range(30 if size < 100 else 12):
        for residuals in vectors(size, seed):
            assert middle_values(residuals, rule) == partial_median_sum(residuals.tolist(), rule.value)


@pytest.mark.parametrize("size", [12, 60, _NARROW - 2, _NARROW, _NARROW + 2, 500])
def test_the_service_misses_a_middle_value_now_and_then(size: int) -> None:
    missed = 0
    for seed in range(200):
        residuals = np.random.default_rng([size, seed]).random(size)
        true = middle_values(residuals, StlRule.PUBLISHED)
        ordered = np.sort(residuals)
        assert true == (ordered[size // 2 - 1], ordered[size // 2])
        missed += middle_values(residuals, StlRule.SERVICE) != true
    assert 2 <= missed <= 60


def test_the_order_of_the_input_decides() -> None:
    rng = np.random.default_rng(2)
    residuals = rng.random(30)
    answers = {middle_values(rng.permutation(residuals), StlRule.SERVICE) for _ in range(300)}
    assert len(answers) > 1
    assert len({middle_values(rng.permutation(residuals), StlRule.PUBLISHED) for _ in range(300)}) == 1


@pytest.mark.parametrize("seed", range(12))
def test_all_exchanges_at_once_are_the_exchanges_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(100):
        size = int(rng.integers(3, 60))
        first, last = sorted(rng.choice(size, 2, replace=False).tolist())
        work = rng.integers(0, int(rng.integers(2, 40)), size).astype(np.float64)
        part = work.tolist()
        borders = _partition_array(work, first, last)
        assert borders == _partition_list(part, first, last)
        assert_equal(work, part)


@pytest.mark.parametrize("seed", range(6))
def test_a_partition_separates_and_loses_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(50):
        work = rng.integers(0, 9, 40).astype(np.float64)
        before = work.copy()
        below, above = _partition_array(work, 5, 34)
        assert_equal(np.sort(work), np.sort(before))
        assert_equal(work[:5], before[:5])
        assert_equal(work[35:], before[35:])
        assert below < above <= below + 2
        assert work[5 : below + 1].max() <= work[above:35].min()


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize("size", [11, 12, 500])
def test_the_residuals_stay_in_their_order(size: int, rule: StlRule) -> None:
    residuals = np.random.default_rng(1).random(size)
    residuals.flags.writeable = False
    middle_values(residuals, rule)
