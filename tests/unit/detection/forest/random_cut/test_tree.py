"""The arrays of trees, their memory, and the cut of a box."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.detection.forest.random_cut.tree import choose_cut, estimated_bytes, planted

LAST = 1.0 - 2.0**-53


def test_a_cut_can_be_chosen_by_hand() -> None:
    # Sides of 1, 0 and 3: a quarter of all numbers choose the first column, the others the third.
    low, high = np.array([0.0, 5.0, 10.0]), np.array([1.0, 5.0, 13.0])
    assert choose_cut(low, high, 0.0) == (0, 0.0)
    assert choose_cut(low, high, 0.125) == (0, 0.5)
    assert choose_cut(low, high, 0.25) == (2, 10.0)
    assert choose_cut(low, high, 0.625) == (2, 11.5)


def test_a_column_without_a_side_is_never_cut() -> None:
    low, high = np.array([5.0, 0.0, 7.0]), np.array([5.0, 1.0, 7.0])
    for number in (0.0, 0.5, LAST):
        column, cut = choose_cut(low, high, number)
        assert column == 1
        assert 0.0 <= cut < 1.0


@pytest.mark.parametrize("side", [5e-324, 1e-310, 2.0**-52, 1e300])
def test_a_cut_always_parts_the_least_from_the_greatest(side: float) -> None:
    for low in (0.0, -side, 1.0):
        high = low + side
        if high > low:
            _, cut = choose_cut(np.array([low]), np.array([high]), LAST)
            assert low <= cut < high


def test_trees_without_rows_are_leaves_of_mass_zero() -> None:
    trees = planted(2, 1, 9)
    assert trees.roots.tolist() == [-1, -1]
    assert trees.rows_held.tolist() == [0, 0]
    assert trees.nodes.shape == (2, 1)
    assert trees.points.shape == (2, 1, 16)
    assert trees.logs.tolist() == [0.0, 1.0]
    assert trees.inverses.tolist() == [1.0, 0.5]


@pytest.mark.parametrize(("trees", "sample", "columns"), [(1, 1, 1), (3, 2, 8), (50, 512, 7), (4, 100, 64)])
def test_the_estimate_is_the_size_of_the_arrays(trees: int, sample: int, columns: int) -> None:
    forest = RandomCutForest.empty(columns, trees=trees, sample=sample)
    forest.learn(np.zeros((1, columns)), 0.0)
    room = forest._trees  # noqa: SLF001  # the memory that it takes
    arrays = [room.nodes, room.boxes, room.points, room.masses, room.roots, room.logs, room.inverses]
    learning = forest._reservoirs  # noqa: SLF001  # as above
    assert learning is not None
    arrays += [forest._states, learning.weights, learning.handles]  # noqa: SLF001  # as above
    assert estimated_bytes(trees, sample, columns) == sum(array.nbytes for array in arrays)
