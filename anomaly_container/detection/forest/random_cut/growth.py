"""The growth of the trees from samples of rows; the naive form of the kernel, one node after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut.random import draw, draws, skip
from anomaly_container.detection.forest.random_cut.tree import choose_cut

if TYPE_CHECKING:
    from anomaly_container.detection.forest.random_cut.tree import Trees
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray, UInt64Array

_BLOCK = 4096
"""Rows for which all trees draw at once."""


def grow(rows: FloatArray, trees: Trees, states: UInt64Array) -> None:
    """Grow each tree from a sample of the rows, without replacement.

    Parameters
    ----------
    rows : (n, p) float64
        n >= 1, finite, padded.
    trees : Trees
        The trees, without rows; they are filled.
    states : (t,) uint64
        The states of the generators, which are advanced.
    """
    if _kernels.compiled is not None:
        _kernels.compiled.grow_random_cut(rows, trees.buffers, states)
        return
    for tree, members in enumerate(sampled(len(rows), trees.masses.shape[1], states)):
        _grow_tree(rows[members], trees, tree, states)


def sampled(count: int, places: int, states: UInt64Array) -> list[IntArray]:
    """Return the rows that each tree draws, in their order.

    Of n rows, m are drawn. There is one draw u for each row, until m are taken: row i is taken if u (n - i)
    is less than the number of rows still to be taken.

    Parameters
    ----------
    count, places : int
        The number n of rows, and that of a tree's places: m is the lesser.
    states : (t,) uint64
        The states of the generators, which are advanced.
    """
    wanted = np.full(len(states), min(count, places))
    taken: list[BoolArray] = []
    for first in range(0, count, _BLOCK):
        if not wanted.any():
            break
        left = range(count - first, max(count - first - _BLOCK, 0), -1)
        numbers = draws(states, len(left)).T
        is_taken, used = np.empty(numbers.shape, dtype=np.bool_), np.zeros(len(states), dtype=np.uint64)
        for place, remaining in enumerate(left):
            used += wanted > 0
            is_taken[place] = numbers[place] * remaining < wanted
            wanted -= is_taken[place]
        skip(states, used)
        taken.append(is_taken)
    return [np.flatnonzero(column) for column in np.concatenate(taken).T]


def _grow_tree(rows: FloatArray, trees: Trees, tree: int, states: UInt64Array) -> None:
    nodes, boxes, width = trees.nodes[tree], trees.boxes[tree], trees.width
    node_count = leaf_count = 0
    # The rows of a node that is still to be made, its parent, and which child of that it is.
    waiting = [(np.arange(len(rows)), -1, 0)]
    while waiting:
        members, parent, side = waiting.pop()
        values = rows[members]
        low, high = values.min(axis=0), values.max(axis=0)
        is_leaf = bool((low == high).all())
        child = ~leaf_count if is_leaf else node_count
        if parent < 0:
            trees.roots[tree] = child
        else:
            nodes["children"][parent, side] = child
        if is_leaf:
            trees.points[tree, leaf_count], trees.masses[tree, leaf_count] = low, len(members)
            leaf_count += 1
            continue
        column, cut = choose_cut(low[:width], high[:width], draw(states, tree))
        total = np.add.accumulate(high[:width] - low[:width])[-1]
        nodes[node_count] = (cut, total, column, len(members), (0, 0))
        boxes[node_count] = low, high
        goes_left = values[:, column] <= cut
        waiting += [(members[~goes_left], node_count, 1), (members[goes_left], node_count, 0)]
        node_count += 1
