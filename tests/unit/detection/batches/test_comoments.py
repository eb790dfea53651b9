"""Moments of rows.

The smallest example: the rows (1, 4) and (3, 8) have the mean (2, 6) and the products 2, 4 and 8 of their
distances.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.comoments import CoMoments
from anomaly_container.detection.batches.moments import LARGEST_SUM


def test_two_rows() -> None:
    found = CoMoments.of(np.array([[1.0, 3.0], [4.0, 8.0]]), np.zeros(2))
    assert (found.count, found.mean.tolist()) == (2.0, [2.0, 6.0])
    assert found.products.tolist() == [[2.0, 4.0], [4.0, 8.0]]


@pytest.mark.parametrize("seed", range(20))
def test_parts_merge_to_the_whole(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(3, 3)) @ generator.normal(size=(3, 150)) + 10.0 ** (seed % 5)
    merged = CoMoments.none(3)
    for part in np.split(values, np.sort(generator.integers(0, 150, 3)), axis=1):
        merged = merged.merge(CoMoments.of(part, values[:, 0]))
    assert merged.count == 150.0
    np.testing.assert_allclose(merged.mean, values.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(merged.products / 150.0, np.cov(values, bias=True), rtol=1e-8, atol=1e-8)


def test_a_gap_counts_as_the_number_it_is_near() -> None:
    found = CoMoments.of(np.array([[1.0, np.nan, 4.0]]), np.array([2.5]))
    assert (found.count, found.mean.tolist(), found.products.tolist()) == (3.0, [2.5], [[4.5]])


def test_equal_rows_do_not_vary_at_all() -> None:
    known = CoMoments.of(np.full((2, 7), 0.1), np.full(2, 0.1))
    merged = known.merge(CoMoments.of(np.full((2, 90), 0.1), known.mean))
    assert not merged.products.any()


def test_weights_decay_and_no_sum_becomes_infinite() -> None:
    found = CoMoments.of(np.array([[1.0, 3.0]]), np.zeros(1)).decayed(0.25)
    assert (found.count, found.mean.tolist(), found.products.tolist()) == (0.5, [2.0], [[0.5]])
    far = CoMoments(1e8, np.array([1e150, 1e150]), np.zeros((2, 2)))
    near = CoMoments(1e8, np.array([-1e150, 1e150]), np.zeros((2, 2)))
    assert far.merge(near).products.tolist() == [[LARGEST_SUM, 0.0], [0.0, 0.0]]
