"""The arrays of trees, and the lengths of paths."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anomaly_container.detection.forest.isolation_trees import leaf_paths, leaves, search_length
from tests.naive.forest.isolation import search_length as naive_length


def test_three_rows_are_parted_by_five_thirds_of_an_edge_less_rounding_of_the_harmonic_number() -> None:
    assert search_length(3) == pytest.approx(2.0 * (math.log(2.0) + 0.57721566) - 4.0 / 3.0)
    assert [search_length(rows) for rows in range(3)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("rows", [*range(10), 255, 256, 100_000])
def test_lengths_are_those_of_the_naive_twin(rows: int) -> None:
    assert search_length(rows) == naive_length(rows)


def test_the_path_to_a_leaf_is_its_edges_and_the_length_below() -> None:
    paths = leaf_paths(2, 3)
    assert paths.shape == (3, 4)
    assert paths[:, 2].tolist() == [1.0, 2.0, 3.0]
    assert paths[1, 3] == 2.0 + search_length(3) - 1.0


def test_a_leaf_is_its_own_right_child() -> None:
    trees = leaves(2, 3, height=1)
    assert (trees.left + 1).tolist() == [[0, 1, 2]] * 2
    assert np.isnan(trees.threshold).all()
