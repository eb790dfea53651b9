from __future__ import annotations

from itertools import product
from math import ceil

import numpy as np
import pytest

from anomaly_container.detection.numeric.robust_scale import minmax
from anomaly_container.detection.univariate.outliers.tails import tails
from anomaly_container.detection.univariate.outliers.voting import anomaly_budget, best_ranked, vote
from tests.naive.univariate import dynamic, seasonal
from tests.naive.univariate import esd as naive
from tests.support.signals import almost_constant, constant, rounded, spikes, steps, white


@pytest.mark.parametrize("ratio", [0.01, 0.05, 0.1, 0.25, 1 / 3, 0.49])
def test_the_budget_is_a_share_rounded_up_and_less_than_half(ratio: float) -> None:
    for size in [*range(12, 200), 8640]:
        budget = anomaly_budget(size, ratio)
        assert budget == dynamic.most_anomalies(size, ratio)
        assert budget == min(max(ceil(size * ratio), 1), size // 2 - 1)
        assert 1 <= budget < size / 2


@pytest.mark.parametrize("seed", range(40))
def test_the_joint_order_is_that_of_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(12, 40))
    lists = [rng.permutation(size)[: rng.integers(0, size // 2)] for _ in range(int(rng.integers(1, 4)))]
    assert best_ranked(lists, size).tolist() == naive.vote([found.tolist() for found in lists], size, size)


def test_ranks_add_up_and_latecomers_come_behind() -> None:
    lists = [np.array([4, 2, 7]), np.array([7, 4]), np.array([9, 2])]
    # 4: 0 + 1, 2: 1 + 1, 7: 2 + 0; 9 enters with the third list. Equals keep their first order.
    assert best_ranked(lists, 10).tolist() == [4, 2, 7, 9]


def test_lists_without_points_make_no_order() -> None:
    assert best_ranked([np.empty(0, dtype=np.int64)] * 3, 10).size == 0


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("ratio", [0.02, 0.25, 0.49])
@pytest.mark.parametrize("seed", range(7))
def test_the_anomalies_of_two_series_are_those_of_the_twin(seed: int, ratio: float, last_only: bool) -> None:
    size = 24 + seed
    for level, rest in (
        (spikes(steps(size, seed), seed)[0], spikes(white(size, seed), seed, size=7.0)[0]),
        (rounded(2 * white(size, seed)), almost_constant(size, seed)),
        (almost_constant(size, seed, others=7), rounded(2 * white(size, seed))),
        (constant(size), white(size, seed)),
    ):
        anomalies, has_majority = vote(level, [rest], ratio, last_only)
        twin, model_id = seasonal.seasonal_anomalies(level.tolist(), rest.tolist(), ratio, last_only)
        assert set(np.flatnonzero(anomalies).tolist()) == twin
        assert has_majority == (model_id == 11)


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_anomalies_of_one_series_are_those_of_the_twin(seed: int, last_only: bool) -> None:
    for values in (
        spikes(white(40, seed), seed, size=6.0)[0],
        rounded(white(30, seed) ** 3),
        almost_constant(25, seed),
    ):
        anomalies, has_majority = vote(values, [], 0.25, last_only)
        twin = dynamic.dynamic_threshold(values.tolist(), 0, 0.25, last_only)
        assert set(np.flatnonzero(anomalies).tolist()) == twin.flagged
        assert has_majority == (twin.model_id == 41)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("last_only", [False, True])
def test_of_equal_outliers_the_one_that_the_service_has_first_is_an_anomaly(
    sign: float, last_only: bool
) -> None:
    firsts = set()
    for place, others in product(range(0, 99, 3), ([199], [100, 150, 180])):
        values = sign * white(200, 2)
        values[[place, *others]] = sign * 60.0
        upper, lower, _ = tails(minmax(values))
        first = (upper if sign > 0.0 else lower).points[0]
        anomalies, _ = vote(values, [], 1 / 200, last_only)
        assert np.flatnonzero(anomalies).tolist() == [first]
        firsts.add([place, *others].index(first) / len(others))
    assert len(firsts) > 2, "a stable sort gives the same"


def test_each_tail_has_its_own_budget() -> None:
    values = white(40, 1)
    values[[3, 9, 14]] = [60.0, 70.0, 80.0]
    values[[20, 25, 30]] = [-60.0, -70.0, -80.0]
    anomalies, _ = vote(values, [], 2 / 40, last_only=False)
    assert np.flatnonzero(anomalies).tolist() == [9, 14, 25, 30]
