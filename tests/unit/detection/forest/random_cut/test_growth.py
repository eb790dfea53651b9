"""The growth of trees from samples of the rows."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.detection.forest.random_cut.growth import grow, sampled
from anomaly_container.detection.forest.random_cut.random import first_states
from anomaly_container.detection.forest.random_cut.tree import planted


@pytest.mark.usefixtures("build")
def test_a_tree_of_three_rows_is_two_nodes() -> None:
    trees = planted(1, 3, 1)
    rows = np.zeros((3, 8))
    rows[:, 0] = [0.0, 1.0, 1000.0]
    grow(rows, trees, first_states(1, 0))
    # Three draws took the rows. The fourth is 0.6564: the root is cut at 656.4 of 1000; the fifth is 0.7879.
    assert trees.nodes["cut"][0].tolist() == pytest.approx([656.4, 0.7879], abs=0.05)
    assert trees.nodes["children"][0].tolist() == [[1, ~2], [~0, ~1]]
    assert trees.nodes["mass"][0].tolist() == [3, 2]
    assert trees.boxes[0, :, :, 0].tolist() == [[0.0, 1000.0], [0.0, 1.0]]
    assert trees.points[0, :, 0].tolist() == [0.0, 1.0, 1000.0]
    assert trees.masses[0].tolist() == [1, 1, 1]


def test_every_row_is_sampled_with_the_same_chance() -> None:
    counts = Counter(int(row) for rows in sampled(20, 5, first_states(4000, 3)) for row in rows)
    # 4,000 trees of 5 of 20 rows: each is in 1,000 of them, with a deviation of 27.
    assert sorted(counts) == list(range(20))
    assert all(abs(count - 1000) < 4 * 27.4 for count in counts.values())


def test_few_rows_are_all_taken_in_their_order() -> None:
    states = first_states(3, 0)
    assert [rows.tolist() for rows in sampled(4, 9, states)] == [[0, 1, 2, 3]] * 3


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("count", [4095, 4096, 4097, 9000])
def test_a_sample_crosses_the_blocks_of_draws(count: int) -> None:
    rows = np.arange(float(count))[:, None]
    forest = RandomCutForest.fit(rows, trees=2, sample=64, seed=1)
    for tree, chosen in enumerate(sampled(count, 64, first_states(2, 1))):
        assert sorted(forest.arrays()["points"][tree, :, 0].tolist()) == chosen.tolist()


@pytest.mark.usefixtures("build")
def test_a_chain_as_deep_as_the_sample_is_grown() -> None:
    # Each row is twice as far from 0 as the one before: cuts part them one after the other.
    rows = 2.0 ** np.arange(0.0, 990.0)[:, None]
    forest = RandomCutForest.fit(rows, trees=2, sample=990)
    assert (forest.arrays()["leafMass"] == 1).all()
    assert np.isfinite(forest.scores(rows)).all()
