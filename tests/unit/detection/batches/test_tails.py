"""Histograms and thresholds.

The smallest example: 1.0 lies in bin 256, the first of the octave from 1 to 2, and 1.0625 in the next; with
three scores of 1.0 and one of 1.0625 half of them are below 1.0625, the upper edge of the first bin.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches import tails
from tests.naive.batches import tails as naive


def counted(scores: list[float]) -> np.ndarray:
    return tails.count(np.array([scores]), np.ones((1, len(scores)), dtype=bool))


def test_four_scores() -> None:
    histogram = counted([1.0, 1.0, 1.0, 1.0625])
    assert histogram[0, 256:259].tolist() == [3.0, 1.0, 0.0]
    assert tails.quantiles(histogram, np.array([0.5, 1.0])).tolist() == [[1.0625, 1.125]]


def test_the_first_and_the_last_bin_take_what_is_beyond() -> None:
    histogram = counted([0.0, 1e-9, 2.0**-16, 255.9, 256.0, 1e100])
    assert (histogram[0, 0], histogram[0, -1]) == (3.0, 3.0)
    assert tails.EDGES.size == tails.BINS + 1
    assert tails.EDGES[[0, -1]].tolist() == [0.0, 256.0]


def test_what_is_not_present_is_not_counted() -> None:
    scores = np.array([[1.0, np.nan], [np.nan, 2.0]])
    assert tails.count(scores, ~np.isnan(scores)).sum(axis=1).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("seed", range(20))
def test_every_score_has_the_bin_of_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores = np.exp2(generator.uniform(-20.0, 10.0, 200))
    scores[:50] = naive.edges()[seed : seed + 50]
    assert counted(scores.tolist())[0].tolist() == naive.histogram(scores.tolist())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rows", [1, 999, 1000, 5000])
def test_the_threshold_is_that_of_the_twin(seed: int, rows: int) -> None:
    generator = np.random.default_rng(seed)
    scores = np.abs(generator.standard_t(1 + seed % 5, rows))
    histogram = counted(scores.tolist())
    for least, alarms in ((4.0, 0.1), (2.0, 0.075), (2.0, 0.3 / 38)):
        found = tails.thresholds(histogram, np.array([least]), alarms)[0]
        assert found == pytest.approx(naive.threshold(histogram[0].tolist(), least, alarms), rel=1e-12)


def test_a_normal_body_leaves_the_least_threshold_and_a_heavy_one_raises_it() -> None:
    generator = np.random.default_rng(7)
    least = np.array([4.0])
    normal = np.abs(generator.normal(size=100_000)).tolist()
    heavy = np.abs(generator.standard_t(2, 100_000)).tolist()
    assert tails.thresholds(counted(normal), least, 0.075)[0] == 4.0
    assert 5.0 < tails.thresholds(counted(heavy), least, 0.075)[0] < 7.0


def test_the_budget_of_each_column() -> None:
    assert [tails.budget(columns) for columns in (1, 3, 4, 30)] == [0.1, 0.3 / 3, 0.075, 0.01]
