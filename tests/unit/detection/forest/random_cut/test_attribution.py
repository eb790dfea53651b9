"""The walk of rows down the trees."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut.attribution import sum_of_lanes, walk
from anomaly_container.detection.forest.random_cut.growth import grow
from anomaly_container.detection.forest.random_cut.random import first_states
from anomaly_container.detection.forest.random_cut.tree import planted


def test_the_sum_over_the_columns_has_one_order() -> None:
    # ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)): 2^53 swallows a 1 that meets it alone, but not two at once.
    values = np.array([[2.0**53, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    assert sum_of_lanes(values).tolist() == [2.0**53 + 2.0]
    assert sum_of_lanes(np.arange(16.0)[None, :]).tolist() == [120.0]


@pytest.mark.usefixtures("build")
def test_the_way_of_a_row_has_the_same_order_of_columns() -> None:
    trees = planted(1, 2, 8)
    grow(np.zeros((1, 8)), trees, first_states(1, 0))
    far = np.array([[2.0**53, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    sums, shares = walk(far, trees, shared=True)
    # One leaf, which differs: 1 / (0 + 1) times log2(1 + 1), shared by what lies above each column.
    assert sums.tolist() == [1.0]
    assert shares[0, 1].tolist() == (far[0] / (2.0**53 + 2.0)).tolist()
    assert not shares[0, 0].any()


@pytest.mark.usefixtures("build")
def test_trees_without_rows_give_nothing() -> None:
    sums, shares = walk(np.ones((2, 8)), planted(3, 4, 2), shared=True)
    assert sums.tolist() == [0.0, 0.0]
    assert not shares.any()


@pytest.mark.usefixtures("build")
def test_shares_that_are_not_wanted_are_not_there() -> None:
    assert walk(np.ones((2, 8)), planted(3, 4, 2), shared=False)[1].shape == (0,)
