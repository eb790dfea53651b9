"""Rows that belong together.

The smallest example: 39 rows on a ramp and one far from it: the moments are those of the 39.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.concentration import concentrate
from tests.naive.batches import joint as naive


def test_one_row_apart() -> None:
    ramp = np.arange(40.0)
    sample = np.array([ramp, ramp % 7.0])
    sample[:, 20] = 39.0, 60.0
    found = concentrate(sample)
    assert found.count == 39.0
    assert found.mean[0] == pytest.approx(np.delete(ramp, 20).mean())


@pytest.mark.parametrize("seed", range(12))
def test_the_rows_kept_are_those_of_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    columns = 2 + seed % 4
    sample = generator.normal(size=(columns, columns)) @ generator.normal(size=(columns, 120))
    sample[:, :: 9 + seed] *= 4.0
    sample[1] = np.round(sample[1])
    if seed % 4 == 3:
        sample[:, generator.random(120) < 0.6] *= 0.02
    if seed % 3 == 1:
        sample[generator.random(sample.shape) < 0.05] = np.nan
    found = concentrate(sample)
    weight, mean, products = naive.moments([(1.0, row) for row in naive.concentrate(sample.T.tolist())])
    assert found.count == weight
    assert found.mean.tolist() == pytest.approx(mean, abs=1e-9)
    np.testing.assert_allclose(found.products, products, rtol=1e-9, atol=1e-9)


def test_a_broken_relation_does_not_hide_itself() -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=1000)
    sample = np.array([x, x + 0.1 * generator.normal(size=1000)])
    sample[:, ::20] = [[2.0], [-2.0]]
    products = concentrate(sample).products
    assert products[0, 1] / np.sqrt(products[0, 0] * products[1, 1]) > 0.99


def test_rows_that_do_not_vary_are_kept() -> None:
    sample = np.full((3, 20), 0.1)
    sample[2] = np.nan
    found = concentrate(sample)
    assert (found.count, found.mean.tolist()) == (20.0, [0.1, 0.1, 0.0])
    assert not found.products.any()


def test_equal_rows_in_the_majority_are_what_belongs_together() -> None:
    sample = np.zeros((2, 100))
    sample[:, :20] = [[1.0], [0.5]]
    sample[:, 20:40] = [[-1.0], [-0.5]]
    found = concentrate(sample)
    assert (found.count, found.mean.tolist()) == (60.0, [0.0, 0.0])
    assert not found.products.any()
