"""The growth of trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.forest.isolation_growth import grow
from anomaly_container.detection.forest.isolation_sampling import sample_rows, tree_seeds
from tests.naive.forest.isolation import Tree
from tests.support.matrices import matrix

if TYPE_CHECKING:
    from anomaly_container.detection.forest.isolation_trees import Trees
    from tests.naive.forest.isolation import Node


@pytest.mark.usefixtures("build")
def test_two_rows_are_parted_between_their_values() -> None:
    trees = grow(np.array([[1.0], [3.0]], dtype=np.float32), np.array([[0, 1]]))
    assert trees.height == 1
    assert trees.left.tolist() == [[1, 0, 1]]
    assert trees.path.tolist() == [[0.0, 1.0, 1.0]]
    assert 1.0 <= trees.threshold[0, 0] < 3.0
    assert np.isnan(trees.threshold[0, 1:]).all()


def splits(trees: Trees, tree: int, node: int) -> tuple[int, np.float32, object, object] | None:
    """Return feature, threshold and both children of a node; None for a leaf."""
    threshold = trees.threshold[tree, node]
    if np.isnan(threshold):
        return None
    left = int(trees.left[tree, node])
    below = splits(trees, tree, left), splits(trees, tree, left + 1)
    return int(trees.feature[tree, node]), threshold, *below


def naive_splits(node: Node) -> tuple[int, np.float32, object, object] | None:
    """Return the same of the twin, its thresholds rounded down to single precision."""
    if not isinstance(node, tuple):
        return None
    feature, threshold, left, right = node
    single = np.float32(threshold)
    if float(single) > threshold:
        single = np.nextafter(single, np.float32(-np.inf))
    return feature, single, naive_splits(left), naive_splits(right)


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("seed", range(40))
def test_splits_are_those_of_the_naive_twin(seed: int) -> None:
    rows = matrix(1000 + seed, 1500).astype(np.float32)
    chosen = sample_rows(len(rows))
    trees = grow(rows, chosen)
    for tree in (0, 37, 99):
        naive = Tree([list(row) for row in rows[chosen[tree]]], int(tree_seeds()[tree]))
        assert splits(trees, tree, 0) == naive_splits(naive.root)


@pytest.mark.usefixtures("build")
def test_rows_that_are_all_equal_are_one_leaf() -> None:
    trees = grow(np.full((9, 3), 7.0, dtype=np.float32), np.arange(9)[None])
    assert splits(trees, 0, 0) is None
    assert trees.path[0, 0] > 0.0


@pytest.mark.usefixtures("build")
def test_a_range_of_a_ten_millionth_is_constant() -> None:
    narrow = np.array([[0.0], [1e-7]], dtype=np.float32)
    assert splits(grow(narrow, np.array([[0, 1]])), 0, 0) is None
    assert splits(grow(narrow * np.float32(1.01), np.array([[0, 1]])), 0, 0) is not None


@pytest.mark.usefixtures("build")
def test_the_rows_of_the_trees_are_left_as_they_are() -> None:
    rows, chosen = matrix(5, 200).astype(np.float32), np.tile(np.arange(3), (4, 1))
    rows.flags.writeable = chosen.flags.writeable = False
    assert grow(rows, chosen).path.shape == (4, 5)
