"""Distances by a shrunk correlation matrix.

The smallest example: columns without correlation, of deviation 1 and 2. The row (1, 2) is one deviation from
the mean in both, so its squared distance is 2.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.comoments import CoMoments
from anomaly_container.detection.batches.mahalanobis import Metric, normal_score
from tests.naive.batches import joint as naive


def test_two_independent_columns() -> None:
    metric = Metric.of(CoMoments(100.0, np.zeros(2), np.diag([100.0, 400.0])))
    assert metric.squared(np.array([[1.0, 0.0], [2.0, 0.0]])) == pytest.approx([2.0, 0.0])
    assert metric.greatest_part(np.array([[1.0, 1.0], [4.0, 0.0]])).tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(30))
def test_distances_and_parts_are_those_of_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    columns = 2 + seed % 5
    mixed = generator.normal(size=(columns, columns)) @ generator.normal(size=(columns, 60)) + 3.0
    if seed % 3 == 2:
        mixed[1] = 0.1
    metric = Metric.of(CoMoments.of(mixed, mixed[:, 0]))
    shape = naive.shape([(1.0, row) for row in mixed.T.tolist()])
    rows = 3.0 + 4.0 * generator.normal(size=(20, columns))
    rows[generator.random(rows.shape) < 0.1] = np.nan
    assert metric.columns.tolist() == shape.varying
    expected = [naive.squared(shape, row) for row in rows.tolist()]
    assert metric.squared(rows.T).tolist() == pytest.approx(expected, rel=1e-9)
    if len(shape.varying) > 1:
        parts = [min(shape.varying, key=lambda c: naive.squared(shape, row, c)) for row in rows.tolist()]
        assert metric.greatest_part(rows.T).tolist() == parts


def test_a_normal_score_is_negative_never_and_that_of_the_twin() -> None:
    for columns in (1, 2, 7, 40):
        squares = np.linspace(0.0, 10.0 * columns, 50)
        expected = [naive.normal_score(q, columns) for q in squares.tolist()]
        assert normal_score(squares, columns).tolist() == pytest.approx(expected, abs=1e-12)


def test_chi_square_distances_have_normal_scores() -> None:
    squares = np.random.default_rng(1).chisquare(4, 200_000)
    scores = normal_score(squares, 4)
    assert (scores > 2.0).mean() == pytest.approx(0.0228, abs=0.002)
    assert (scores > 3.0).mean() == pytest.approx(0.00135, abs=0.0005)


def test_nothing_varies_and_nothing_is_infinite() -> None:
    still = Metric.of(CoMoments(5.0, np.ones(2), np.zeros((2, 2))))
    assert still.columns.size == 0
    assert still.squared(np.ones((2, 3))).tolist() == [0.0, 0.0, 0.0]
    tiny = Metric.of(CoMoments(5.0, np.zeros(2), np.diag([1e-300, 1e-300])))
    assert np.isfinite(tiny.squared(np.full((2, 1), 1e150))).all()
