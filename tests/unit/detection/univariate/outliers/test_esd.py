from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.numeric.robust_scale import minmax
from anomaly_container.detection.univariate.constants import EPSILON
from anomaly_container.detection.univariate.outliers.esd import (
    _EsdTest,
    _middle_distance,
    esd_entire,
    esd_last,
)
from anomaly_container.detection.univariate.outliers.tails import Tail, tails
from tests.naive.univariate import esd as naive
from tests.support.signals import almost_constant, random_walk, rounded, seasonal, spikes, steps, white

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

pytestmark = pytest.mark.usefixtures("kernels")


def bimodal(size: int, seed: int) -> FloatArray:
    """Two far groups and a few points between and beyond: the MAD is wide, so mean and deviation decide."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], size) + 0.05 * rng.standard_normal(size) + 3.0 * (rng.random(size) < 0.05)


def middle_majority(size: int, seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(size) < 0.7, 0.5, rng.random(size))


SERIES: dict[str, Callable[[int, int], FloatArray]] = {
    "noise": white,
    "noise with spikes": lambda n, seed: spikes(white(n, seed), seed, count=4, size=6.0)[0],
    "counts": lambda n, seed: rounded(1.5 * white(n, seed)),
    "counts with spikes": lambda n, seed: rounded(spikes(white(n, seed), seed, size=7.0)[0]),
    "heavy tails": lambda n, seed: white(n, seed) ** 5,
    "one-sided": lambda n, seed: np.exp(1.5 * white(n, seed)),
    "walk": random_walk,
    "levels": steps,
    "season": lambda n, seed: seasonal(n, 7, seed),
    "almost constant": almost_constant,
    "two groups": bimodal,
    "coins": lambda n, seed: rounded(np.random.default_rng(seed).random(n)),
    "majority": middle_majority,
    "almost majority": lambda n, seed: middle_majority(n, seed) + 1e-10 * white(n, seed),
}


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_the_outliers_are_those_of_the_twin(kind: str, last_only: bool) -> None:
    for seed in range(9):
        size = 12 + 4 * seed + seed % 3
        values = minmax(SERIES[kind](size, seed))
        for count in (1, size // 4, size // 2 - 1):
            for upper, tail in zip((True, False), tails(values)[:2], strict=True):
                twin = naive.gesd(values.tolist(), count, upper, last_only)
                ours = esd_last(tail, count, size - 1) if last_only else esd_entire(tail, count)
                assert ours.tolist() == twin, (seed, count, upper)


@pytest.mark.parametrize("kind", ["noise with spikes", "counts with spikes", "heavy tails", "two groups"])
def test_the_outliers_of_a_long_series_are_those_of_the_twin(kind: str) -> None:
    values = minmax(SERIES[kind](700, 1))
    for upper, tail in zip((True, False), tails(values)[:2], strict=True):
        assert esd_entire(tail, 60).tolist() == naive.gesd(values.tolist(), 60, upper, False)


def on_the_edge(size: int, seed: int) -> FloatArray:
    """Return two equal groups and a point above them that just passes the test, by mean and deviation."""
    values = np.where(np.arange(size) % 2 == 0, 0.0, 0.4) + 0.01 * np.random.default_rng(seed).random(size)
    low, high = 0.41, 20.0
    while np.float32(low) != np.float32(high) and high - low > 1e-7:
        values[7] = middle = (low + high) / 2.0
        if naive.gesd(minmax(values).tolist(), 1, True, False):
            high = middle
        else:
            low = middle
    values[7] = high
    return values


def blurred(tail: Tail, count: int) -> int:
    """Return how many ranks running sums in double precision leave to single precision."""
    test = _EsdTest(tail, count)
    undecided = np.abs(test._margin) <= test._blur  # noqa: SLF001 - which path decides is not seen outside
    return int(np.count_nonzero(undecided & ~test._by_median))  # noqa: SLF001 - as above


@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize("size", [20, 34, 64, 130])
@pytest.mark.parametrize("seed", range(4))
def test_ties_with_the_critical_value_are_decided_in_single_precision(
    seed: int, size: int, direction: float
) -> None:
    edge = on_the_edge(size, seed)
    decisions = set()
    for step in np.linspace(-2e-6, 2e-6, 21):
        moved = edge.copy()
        moved[7] += step
        values = minmax(direction * moved)
        upper, lower, _ = tails(values)
        tail = upper if direction > 0.0 else lower
        assert blurred(tail, 1) == 1
        outliers = esd_entire(tail, 1).tolist()
        assert outliers == naive.gesd(values.tolist(), 1, direction > 0.0, False)
        decisions.add(len(outliers))
    assert decisions == {0, 1}


def test_few_ranks_of_an_ordinary_series_are_left_to_single_precision() -> None:
    upper, lower, _ = tails(minmax(white(2000, 1)))
    assert blurred(upper, 500) + blurred(lower, 500) <= 5


@pytest.mark.parametrize("kind", SERIES)
def test_median_distances_of_all_prefixes_at_once(kind: str) -> None:
    ordered = np.sort(minmax(SERIES[kind](61, 3)).astype(np.float32))
    size = np.arange(61, 0, -1)
    for centre in (np.float32(0.5), ordered[30], ordered[0], ordered[60]):
        found = _middle_distance(ordered, size, np.full(61, centre))
        wanted = [np.median(np.abs(ordered[:count] - centre)) for count in size]
        np.testing.assert_array_equal(found, np.array(wanted, dtype=np.float32))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 127, 128, 129, 257, 1500])
@pytest.mark.parametrize("kind", ["noise", "coins", "almost constant", "one value"])
def test_a_closer_look_is_that_of_numpy_to_the_last_bit(kind: str, size: int) -> None:
    rng = np.random.default_rng(size)
    made = {
        "noise": rng.random(size),
        "coins": rng.integers(0, 2, size) * 0.1,
        "almost constant": 0.3 + 1e-6 * rng.random(size),
        "one value": np.full(size, 0.1),
    }
    upward = np.sort(made[kind].astype(np.float32))[::-1].copy()
    ranks = np.unique(np.linspace(0, size - 1, 9).astype(np.int64))
    spreads = [max(upward[rank:].std(), np.float32(EPSILON)) for rank in ranks]
    test = _EsdTest(Tail(np.arange(size), upward.astype(np.float64), 1.0), size)
    # Nothing but the closer look decides, and a point that just reaches the critical value is none.
    test._by_median[:], test._margin[:], test._blur[:] = False, 0.0, 1.0  # noqa: SLF001 - as above
    test._critical = critical = test._critical.copy()  # noqa: SLF001 - as above
    critical[ranks] = [
        (upward[rank] - upward[rank:].mean()) / spread for rank, spread in zip(ranks, spreads, strict=True)
    ]
    assert test.first_outlier(ranks) == -1
    for rank in ranks.tolist():
        reached = critical[rank]
        critical[rank] = np.nextafter(reached, np.float32(-np.inf))
        assert test.first_outlier(ranks) == rank
        critical[rank] = reached


CALM = np.linspace(0.0, 1.0, 12)


def test_everything_up_to_the_last_significant_rank_is_an_outlier() -> None:
    upper, lower, _ = tails(minmax(np.append(CALM, [1.8, 1.85, 1.9])))
    # With its two neighbours in, the largest point is not significant; they are.
    assert esd_entire(upper, 1).size == 0
    assert esd_entire(upper, 2).tolist() == [14, 13]
    assert esd_entire(upper, 6).tolist() == [14, 13, 12]
    assert esd_entire(lower, 6).size == 0


def test_in_last_mode_the_first_significant_rank_from_the_last_point_on_ends_the_search() -> None:
    upper, lower, _ = tails(minmax(np.append(CALM, [1.8, 1.85, 1.9])))
    assert esd_last(upper, 6, 14).tolist() == [14, 13]
    assert esd_last(upper, 1, 14).size == 0
    upper, lower, _ = tails(minmax(np.append(CALM, [1.9, 1.85, 1.8])))
    assert esd_last(upper, 6, 14).tolist() == [12, 13, 14]
    # Its rank is 2: where there is room for two outliers it is none.
    assert esd_last(upper, 2, 14).size == 0
    # From below it comes after all the calm points.
    assert esd_last(lower, 6, 14).size == 0


def test_equal_values_are_no_outliers() -> None:
    # With one point and none left the critical value is 0, and so is their distance.
    tail = Tail(np.arange(4), np.full(4, 0.5), 1.0)
    assert esd_entire(tail, 4).size == 0
    assert esd_last(tail, 4, 0).size == 0


def test_a_last_point_cut_off_by_a_majority_is_no_outlier() -> None:
    values = np.full(30, 0.5)
    values[[3, 29]] = [0.0, 1.0]
    upper, lower, has_majority = tails(values)
    assert has_majority
    assert 29 not in lower.points
    assert esd_last(lower, 10, 29).size == 0
    assert esd_last(upper, 10, 29).tolist() == [29]
