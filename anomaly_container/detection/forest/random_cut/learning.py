"""Learning of rows: a tree always holds a sample of those seen, in which recent ones are preferred.

Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters
97 (2006), for the sample; Guha et al. (2016) for insertion and deletion. The naive form is here; the kernel
gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut.attribution import walk
from anomaly_container.detection.forest.random_cut.random import draw
from anomaly_container.detection.forest.random_cut.tree import choose_cut

if TYPE_CHECKING:
    from anomaly_container.detection.forest.random_cut.tree import Trees
    from anomaly_container.detection.numeric.arrays import FloatArray, Int32Array, IntArray, UInt64Array

_HALF_STEP = 2.0**-54
"""Half the distance between two draws; it keeps the argument of the logarithm above 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Reservoirs:
    """The rows that each tree holds, so that the one with the largest weight can be replaced.

    Attributes
    ----------
    weights : (t, s) float64
        The weights of the rows held, in the first places.
    handles : (t, s) int32
        The leaf of each row.
    """

    weights: FloatArray
    handles: Int32Array


def first_reservoirs(trees: Trees, states: UInt64Array, seen: int, decay: float) -> Reservoirs:
    """Return reservoirs of the rows that the trees were grown from.

    The rows count as a sample of n = `seen` that are all as old as the newest. Of n weights ln(E), E
    exponential, a reservoir keeps those of the m least: they are drawn from the exponential distribution
    below its quantile m / n. With decay, the rows are as many as a sum of weights e^(-decay age) says, so
    that new rows come in as often as they will in the long run.

    Parameters
    ----------
    trees : Trees
    states : (t,) uint64
        One draw for each row held.
    seen : int
        Number of rows that were seen.
    decay : float
        As for `learn`.
    """
    weights = np.zeros(trees.masses.shape)
    handles = np.zeros(trees.masses.shape, dtype=np.int32)
    count = (1.0 - exp(-decay * seen)) / (1.0 - exp(-decay)) if decay > 0.0 else float(seen)
    for tree, held in enumerate(trees.rows_held.tolist()):
        quantile = min(1.0, held / count) if count else 1.0
        handles[tree, :held] = np.repeat(np.arange(len(trees.masses[tree])), trees.masses[tree])
        for slot in range(held):
            number = min(draw(states, tree) + _HALF_STEP, 1.0 - 2.0 * _HALF_STEP)
            weights[tree, slot] = log(-log(1.0 - number * quantile)) - decay * seen
    return Reservoirs(weights, handles)


def learn(  # noqa: PLR0913  # a forest and the position in its stream
    rows: FloatArray, trees: Trees, reservoirs: Reservoirs, states: UInt64Array, *, decay: float, seen: int
) -> FloatArray:
    """Score each row, then let every tree decide whether to hold it. Return the sums of the trees' scores.

    A row that is the t-th to be seen (t = 0 is the first) has the weight ln(-ln(u + 2^-54)) - decay t. A full
    tree holds it in place of the row with the largest weight, if its own is less.

    Parameters
    ----------
    rows : (n, p) float64
        Finite, padded.
    trees, reservoirs
        They are changed.
    states : (t,) uint64
        The states of the generators, which are advanced.
    decay : float
        The decay for each row, >= 0.
    seen : int
        Number of rows that were seen before.
    """
    if _kernels.compiled is not None:
        sums = np.zeros(len(rows))
        arrays = (states, reservoirs.weights, reservoirs.handles)
        _kernels.compiled.learn_random_cut(rows, trees.buffers, *arrays, decay, float(seen), sums)
        return sums
    growing = [GrowingTree(trees, tree, states) for tree in range(len(states))]
    sums = np.empty(len(rows))
    for place in range(len(rows)):
        sums[place] = walk(rows[place : place + 1], trees, shared=False)[0][0]
        for tree in growing:
            spread = -log(tree.draw() + _HALF_STEP)
            weight = (log(spread) if spread > 0.0 else -np.inf) - decay * float(seen + place)
            _hold(tree, rows[place], weight, reservoirs)
    return sums


def _hold(tree: GrowingTree, row: FloatArray, weight: float, reservoirs: Reservoirs) -> None:
    weights, handles = reservoirs.weights[tree.number], reservoirs.handles[tree.number]
    held = tree.mass(tree.root)
    slot = held
    if held == len(weights):
        slot = int(weights.argmax())
        if not weight < weights[slot]:
            return
        tree.delete(int(handles[slot]))
    weights[slot] = weight
    handles[slot] = tree.insert(row)


class GrowingTree:
    """One tree, into which rows are inserted and from which they are deleted.

    Parameters
    ----------
    trees : Trees
    number : int
        The number of the tree.
    states : (t,) uint64
        The states of the generators.
    """

    def __init__(self, trees: Trees, number: int, states: UInt64Array) -> None:
        self.number = number
        self._width = trees.width
        self._states, self._roots = states, trees.roots
        self._nodes, self._boxes = trees.nodes[number], trees.boxes[number]
        self._points, self._masses = trees.points[number], trees.masses[number]
        self._children: Any = self._nodes["children"]
        self._node_masses: Any = self._nodes["mass"]

    @property
    def root(self) -> int:
        """The root, as a child."""
        return int(self._roots[self.number])

    def draw(self) -> float:
        """Return the next draw of the tree."""
        return draw(self._states, self.number)

    def mass(self, child: int) -> int:
        """Return the number of rows below a child."""
        return int(self._masses[~child] if child < 0 else self._node_masses[child])

    def insert(self, row: FloatArray) -> int:
        """Insert a row; return its leaf.

        From the root down, where the row makes the box of a node larger, a cut of the larger box is drawn. If
        it lies between the row and the old box, a new node with this cut comes here, with the row as one
        child; else the node takes the larger box, and the row goes on to the side of the old cut.
        """
        width, parent, side, child = self._width, -1, 0, self.root
        while True:
            if child < 0 and self._masses[~child] == 0:
                return self._put_leaf(~child, row)
            low, high = self._box(child)
            least, most = np.minimum(low, row), np.maximum(high, row)
            if bool((least < low).any() or (most > high).any()):
                column, cut = choose_cut(least[:width], most[:width], self.draw())
                if row[column] <= cut < low[column] or high[column] <= cut < row[column]:
                    node, leaf = self._branch(child, row, column, cut)
                    self._boxes[node] = least, most
                    self._sum_sides(node)
                    self._name(parent, side, node)
                    return leaf
                self._boxes[child] = least, most
                self._sum_sides(child)
            elif child < 0:
                self._masses[~child] += 1
                return ~child
            self._node_masses[child] += 1
            parent, side = child, int(row[self._nodes["column"][child]] > self._nodes["cut"][child])
            child = int(self._children[parent, side])

    def delete(self, leaf: int) -> None:
        """Take one row out of a leaf; an empty leaf is removed with its parent, and the sibling moves up."""
        row, child = self._points[leaf], self.root
        path: list[tuple[int, int]] = []
        while child >= 0:
            path.append((child, int(row[self._nodes["column"][child]] > self._nodes["cut"][child])))
            self._node_masses[child] -= 1
            child = int(self._children[path[-1]])
        self._masses[leaf] -= 1
        if self._masses[leaf]:
            return
        self._points[leaf] = 0.0
        if not path:
            return
        parent, side = path.pop()
        sibling = int(self._children[parent, 1 - side])
        self._name(*(path[-1] if path else (-1, 0)), sibling)
        self._nodes[parent] = 0
        while path and self._shrink(path.pop()[0]):
            pass

    def _branch(self, child: int, row: FloatArray, column: int, cut: float) -> tuple[int, int]:
        node, leaf = _first_free(self._node_masses), _first_free(self._masses)
        self._put_leaf(leaf, row)
        children = (~leaf, child) if row[column] <= cut else (child, ~leaf)
        self._nodes[node] = (cut, 0.0, column, self.mass(child) + 1, children)
        return node, leaf

    def _put_leaf(self, leaf: int, row: FloatArray) -> int:
        self._points[leaf], self._masses[leaf] = row, 1
        return leaf

    def _name(self, parent: int, side: int, child: int) -> None:
        if parent < 0:
            self._roots[self.number] = child
        else:
            self._children[parent, side] = child

    def _box(self, child: int) -> tuple[FloatArray, FloatArray]:
        if child < 0:
            return self._points[~child], self._points[~child]
        return self._boxes[child, 0], self._boxes[child, 1]

    def _sum_sides(self, node: int) -> None:
        low, high = self._boxes[node, :, : self._width]
        self._nodes["total"][node] = np.add.accumulate(high - low)[-1]

    def _shrink(self, node: int) -> bool:
        """Recompute the box of a node from its children; return whether it changed."""
        (low, high), (other_low, other_high) = (self._box(int(child)) for child in self._children[node])
        box = np.stack([np.minimum(low, other_low), np.maximum(high, other_high)])
        changed = bool((box != self._boxes[node]).any())
        self._boxes[node] = box
        self._sum_sides(node)
        return changed


def _first_free(masses: IntArray | Int32Array) -> int:
    return int(np.flatnonzero(masses == 0)[0])
