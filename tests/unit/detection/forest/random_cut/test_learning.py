"""Insertion and deletion of rows, and the reservoirs of the trees."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut import RandomCutForest
from anomaly_container.detection.forest.random_cut.growth import grow
from anomaly_container.detection.forest.random_cut.learning import GrowingTree, first_reservoirs
from anomaly_container.detection.forest.random_cut.random import first_states
from anomaly_container.detection.forest.random_cut.stored import stored, trees_from
from anomaly_container.detection.forest.random_cut.tree import Trees, planted
from tests.naive.forest import random_cut as naive
from tests.unit.detection.forest.builds import COMPILED, compiled

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, UInt64Array

STEPS = 2000
ROOM = 64


def padded(row: FloatArray) -> FloatArray:
    return np.concatenate([row, np.zeros(8 - len(row))])


def test_a_row_outside_the_box_becomes_the_sibling_of_what_was_there() -> None:
    trees, states = planted(1, 3, 1), first_states(1, 0)
    tree = GrowingTree(trees, 0, states)
    assert tree.insert(padded(np.array([0.0]))) == 0
    assert tree.insert(padded(np.array([0.0]))) == 0
    # The first number is 0.652: a cut at 6.52 of 10.
    assert tree.insert(padded(np.array([10.0]))) == 1
    assert trees.masses.tolist() == [[2, 1, 0]]
    assert trees.nodes["cut"][0, 0] == pytest.approx(6.52, abs=0.01)
    assert trees.nodes["children"][0, 0].tolist() == [~0, ~1]
    assert trees.boxes[0, 0, :, 0].tolist() == [0.0, 10.0]
    tree.delete(1)
    assert trees.roots.tolist() == [~0]
    assert trees.nodes["mass"].tolist() == [[0, 0]]
    tree.delete(0)
    tree.delete(0)
    assert tree.mass(tree.root) == 0


def same(ours: Trees, child: int, theirs: naive.Child) -> None:
    """Assert that a subtree is the naive twin's, in every box, mass and cut."""
    if child < 0:
        assert isinstance(theirs, naive.Leaf)
        assert ours.points[0, ~child, : ours.width].tolist() == list(theirs.row)
        assert ours.masses[0, ~child] == theirs.mass
        return
    assert isinstance(theirs, naive.Node)
    node, box = ours.nodes[0, child], ours.boxes[0, child, :, : ours.width]
    assert (node["column"], node["cut"], node["mass"]) == (theirs.column, theirs.cut, theirs.mass)
    assert node["total"] == theirs.total
    assert box.tolist() == [list(theirs.low), list(theirs.high)]
    left, right = (int(one) for one in node["children"])
    same(ours, left, theirs.left)
    same(ours, right, theirs.right)


@dataclass
class Numpy:
    """Inserts and deletes by the twin in numpy."""

    trees: Trees
    states: UInt64Array
    tree: GrowingTree = field(init=False)
    leaves: dict[tuple[float, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = GrowingTree(self.trees, 0, self.states)

    def insert(self, row: FloatArray) -> None:
        self.leaves[tuple(row)] = self.tree.insert(padded(row))

    def delete(self, row: FloatArray) -> None:
        self.tree.delete(self.leaves[tuple(row)])


def rows_in(trees: Trees, child: int) -> int:
    """Check that a box is the union of its children's and that masses add up; return the rows below."""
    if child < 0:
        return int(trees.masses[0, ~child])
    left, right = (int(one) for one in trees.nodes["children"][0, child])
    low, high = (
        np.stack([trees.points[0, ~one]] * 2 if one < 0 else list(trees.boxes[0, one]))
        for one in (left, right)
    )
    box = np.stack([np.minimum(low[0], high[0]), np.maximum(low[1], high[1])])
    assert box.tolist() == trees.boxes[0, child].tolist()
    below = rows_in(trees, left) + rows_in(trees, right)
    assert below == trees.nodes["mass"][0, child]
    return below


@pytest.mark.parametrize("kind", ["real", "ties", "wide"])
def test_two_thousand_inserts_and_deletes_keep_a_tree_whole(kind: str) -> None:
    random = np.random.default_rng(len(kind))
    trees, states = planted(1, ROOM, 3), first_states(1, 11)
    ours, theirs = Numpy(trees, states), naive.Tree(0, ROOM, 11)
    held: list[FloatArray] = []
    for step in range(STEPS):
        if held and (len(held) == ROOM or random.random() < 0.45):
            row = held.pop(int(random.integers(len(held))))
            ours.delete(row)
            theirs.delete(tuple(row.tolist()))
        else:
            row = random.normal(size=3)
            row = {"real": row, "ties": np.round(row) + 0.0, "wide": row * 10.0 ** random.integers(-8, 9)}[
                kind
            ]
            held.append(row)
            ours.insert(row)
            theirs.insert(tuple(row.tolist()))
        assert rows_in(trees, ours.tree.root) == len(held)
        if theirs.root is None:
            assert ours.tree.root < 0
        else:
            same(trees, ours.tree.root, theirs.root)
        assert (
            step % 50
            or stored(trees_from(stored(trees), ROOM))["mass"].tolist() == stored(trees)["mass"].tolist()
        )


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("kind", ["real", "ties", "wide"])
def test_two_thousand_rows_learned_in_c_give_the_bytes_of_the_twin(
    name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(len(kind))
    rows = random.normal(size=(STEPS, 3))
    if kind != "real":
        rows = (
            np.round(rows) + 0.0 if kind == "ties" else rows * 10.0 ** random.integers(-8, 9, size=(STEPS, 1))
        )
    kernels, answers = compiled(name), []
    for build in (kernels, None):
        monkeypatch.setattr(_kernels, "compiled", build)
        # With so much decay almost every row goes in, and another out.
        forest = RandomCutForest.empty(3, trees=1, sample=ROOM, seed=7)
        scores = forest.learn(rows, 0.1)
        boxes = forest._trees.boxes[forest._trees.nodes["mass"] > 0]  # noqa: SLF001  # not in a file
        arrays = [array.tobytes() for array in forest.arrays().values()]
        answers.append((scores.tobytes(), boxes.tobytes(), arrays))
        assert rows_in(forest._trees, int(forest._trees.roots[0])) == ROOM  # noqa: SLF001  # as above
    assert answers[0] == answers[1]


def test_the_weights_of_a_fitted_tree_are_the_least_of_as_many_as_were_seen() -> None:
    trees, states = planted(40, 64, 1), first_states(40, 0)
    grow(np.zeros((1000, 8)), trees, states)
    reservoirs = first_reservoirs(trees, states, 1000, 0.0)
    assert reservoirs.handles.tolist() == [[0] * 64] * 40
    # The quantile 64 / 1000 of the exponential distribution is -ln(1 - 0.064).
    spread = np.exp(reservoirs.weights)
    assert 0.0 < spread.min() < spread.max() < -math.log(1.0 - 0.064)
    assert spread.mean() == pytest.approx(-math.log(1.0 - 0.064) / 2.0, rel=0.05)


def test_the_weights_of_rows_that_are_all_held_are_those_of_new_ones() -> None:
    trees, states = planted(200, 8, 1), first_states(200, 0)
    grow(np.zeros((8, 8)), trees, states)
    reservoirs = first_reservoirs(trees, states, 8, 0.0)
    assert np.exp(reservoirs.weights).mean() == pytest.approx(1.0, abs=0.1)
