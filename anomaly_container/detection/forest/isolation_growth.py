"""The growth of the trees of an isolation forest, all of them in lock step in numpy.

The naive form of a tree is a recursion. Here one node of each tree is split per step, so that the operations
of numpy have a hundred nodes to work on. Within a tree the order is that of the recursion: depth first, the
left child before the right one, as the draws of a tree come from one generator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.isolation_sampling import tree_seeds
from anomaly_container.detection.forest.isolation_trees import Trees, leaf_paths, leaves

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import (
        BoolArray,
        FloatArray,
        IntArray,
        SingleArray,
        UInt32Array,
    )

_LARGEST_DRAW = 2**31 - 1
_SMALLEST_RANGE = np.float32(1e-7)
"""A feature of a smaller range is constant."""
_NODE, _START, _END, _DEPTH, _CONSTANT = range(5)
"""The fields of a node that is still to be split; the last is the number of features known to be constant."""


def grow(rows: SingleArray, chosen: IntArray) -> Trees:
    """Return the trees that are grown from the chosen rows.

    Parameters
    ----------
    rows : (n, d) float32
        Finite, but for columns that are NaN throughout, which no tree splits.
    chosen : (t, m) int64
        The rows of each tree, t <= 100.
    """
    count, size = chosen.shape
    height = ceil(log2(max(size, 2)))
    trees = leaves(count, 2 * size - 1, height)
    paths = leaf_paths(height, size)
    seeds, order = tree_seeds()[:count], chosen.copy()
    if _kernels.compiled is None:
        _Growth(rows, order, seeds.copy(), paths, trees).run()
    else:
        arrays = (trees.feature, trees.threshold, trees.left, trees.path)
        _kernels.compiled.grow_isolation(
            np.ascontiguousarray(rows), order, seeds, paths, rows.shape[1], height, *arrays
        )
    return trees


@dataclass(slots=True)
class _Growth:
    """Trees half grown.

    Attributes
    ----------
    order : (t, m) int64
        The rows of a tree; those of a node stand side by side.
    states : (t,) uint32
        Of the generators.
    """

    rows: SingleArray
    order: IntArray
    states: UInt32Array
    paths: FloatArray
    trees: Trees
    features: IntArray = field(init=False)
    constants: IntArray = field(init=False)
    nodes: IntArray = field(init=False)
    waiting: IntArray = field(init=False)
    waiting_count: IntArray = field(init=False)

    def __post_init__(self) -> None:
        count, size = self.order.shape
        self.features = np.tile(np.arange(self.rows.shape[1]), (count, 1))
        self.constants = np.zeros_like(self.features)
        self.nodes = np.ones(count, dtype=np.int64)
        self.trees.path[:, 0] = self.paths[0, size]
        # Each level leaves at most one node waiting, the last one two.
        self.waiting = np.zeros((count, self.trees.height + 1, 5), dtype=np.int64)
        self.waiting[:, 0, _END] = size
        self.waiting_count = np.full(count, int(size >= 2))

    def run(self) -> None:
        """Split one node of each tree that has one left, until none has."""
        while (active := np.flatnonzero(self.waiting_count)).size:
            self.waiting_count[active] -= 1
            self._split(active, self.waiting[active, self.waiting_count[active]])

    def _split(self, active: IntArray, node: IntArray) -> None:
        feature, found, low, high = self._draw_features(active, node)
        self._remember_constants(active, node[:, _CONSTANT], found)
        varies = feature >= 0
        active, node, feature = active[varies], node[varies], feature[varies]
        threshold = self._draw_thresholds(active, low[varies], high[varies])
        middle = self._part(active, node, feature, threshold)
        self._add_children(active, node, middle, node[:, _CONSTANT] + found[varies])
        self.trees.feature[active, node[:, _NODE]] = feature
        self.trees.threshold[active, node[:, _NODE]] = threshold

    def _draw(self, active: IntArray) -> UInt32Array:
        """Return the next number of xorshift32 of each tree (Marsaglia, J. Stat. Software 8, 2003)."""
        state = self.states[active]
        state ^= state << np.uint32(13)
        state ^= state >> np.uint32(17)
        state ^= state << np.uint32(5)
        self.states[active] = state
        return state & np.uint32(_LARGEST_DRAW)

    def _draw_features(
        self, active: IntArray, node: IntArray
    ) -> tuple[IntArray, IntArray, SingleArray, SingleArray]:
        """Draw features until one varies over the rows of the node, -1 if none does.

        Known constants stand at the front of a tree's features, and those found on the way join them.
        """
        width = self.features.shape[1]
        constant = node[:, _CONSTANT]
        feature = np.full(active.size, -1)
        drawn, found = np.zeros_like(feature), np.zeros_like(feature)
        low, high = np.zeros((2, active.size), dtype=np.float32)
        pending = np.flatnonzero(constant < width)
        while pending.size:
            left = width - found[pending] - drawn[pending]
            place = drawn[pending] + self._draw(active[pending]) % left
            is_known = place < constant[pending]
            known = pending[is_known]
            self._swap(active[known], drawn[known], place[is_known])
            drawn[known] += 1
            new, place = pending[~is_known], place[~is_known] + found[pending[~is_known]]
            candidate = self.features[active[new], place]
            low[new], high[new], varies = self._range(active[new], node[new], candidate)
            feature[new[varies]] = candidate[varies]
            self._swap(active[new[varies]], place[varies], width - 1)
            dull = new[~varies]
            self._swap(active[dull], place[~varies], constant[dull] + found[dull])
            found[dull] += 1
            pending = pending[(feature[pending] < 0) & (constant[pending] + found[pending] < width)]
        return feature, found, low, high

    def _swap(self, active: IntArray, one: IntArray, other: IntArray | int) -> None:
        kept = self.features[active, one]
        self.features[active, one] = self.features[active, other]
        self.features[active, other] = kept

    def _range(
        self, active: IntArray, node: IntArray, feature: IntArray
    ) -> tuple[SingleArray, SingleArray, BoolArray]:
        """Return the least and the greatest value of a feature in each node, and whether they differ."""
        if not active.size:
            nothing = np.empty(0, dtype=np.float32)
            return nothing, nothing, np.empty(0, dtype=np.bool_)
        places, sizes = self._places(active, node)
        values = self.rows[self.order.ravel()[places], np.repeat(feature, sizes)]
        starts = np.cumsum(sizes) - sizes
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        return low, high, high > low + _SMALLEST_RANGE

    def _places(self, active: IntArray, node: IntArray) -> tuple[IntArray, IntArray]:
        """Return where the rows of each node stand in all of `order`, node by node, and their numbers."""
        sizes = node[:, _END] - node[:, _START]
        ends = np.cumsum(sizes)
        first = active * self.order.shape[1] + node[:, _START]
        return np.repeat(first - (ends - sizes), sizes) + np.arange(sizes.sum()), sizes

    def _remember_constants(self, active: IntArray, constant: IntArray, found: IntArray) -> None:
        """Put the known constants back in the order in which they were found, and note the new ones."""
        if not (constant.any() or found.any()):
            return
        column = np.arange(self.features.shape[1])
        is_known = column < constant[:, None]
        features, constants = self.features[active], self.constants[active]
        self.features[active] = np.where(is_known, constants, features)
        is_new = ~is_known & (column < (constant + found)[:, None])
        self.constants[active] = np.where(is_new, features, constants)

    def _draw_thresholds(self, active: IntArray, low: SingleArray, high: SingleArray) -> SingleArray:
        """Draw a threshold between two values and round it down to single precision."""
        least, most = low.astype(np.float64), high.astype(np.float64)
        drawn = (most - least) * self._draw(active) / _LARGEST_DRAW + least
        drawn = np.where(drawn == most, least, drawn)
        single = drawn.astype(np.float32)
        return np.where(single > drawn, np.nextafter(single, np.float32(-np.inf)), single)

    def _part(self, active: IntArray, node: IntArray, feature: IntArray, threshold: SingleArray) -> IntArray:
        """Move the rows at most the threshold to the front of each node; return where the others begin."""
        places, sizes = self._places(active, node)
        order = self.order.ravel()
        rows = order[places]
        is_right = ~(self.rows[rows, np.repeat(feature, sizes)] <= np.repeat(threshold, sizes))
        owner = np.repeat(np.arange(active.size), sizes)
        order[places] = rows[np.argsort(2 * owner + is_right, kind="stable")]
        return node[:, _END] - np.bincount(owner[is_right], minlength=active.size)

    def _add_children(self, active: IntArray, node: IntArray, middle: IntArray, constant: IntArray) -> None:
        left, depth = self.nodes[active], node[:, _DEPTH] + 1
        self.nodes[active] += 2
        self.trees.left[active, node[:, _NODE]] = left
        self.trees.path[active, node[:, _NODE]] = 0.0
        # The left child is put on top of the right one, and so comes first.
        for child, start, end in ((left + 1, middle, node[:, _END]), (left, node[:, _START], middle)):
            self.trees.path[active, child] = self.paths[depth, end - start]
            grows = np.flatnonzero((depth < self.trees.height) & (end - start >= 2))
            tree = active[grows]
            noted = np.stack([child, start, end, depth, constant], axis=1)[grows]
            self.waiting[tree, self.waiting_count[tree]] = noted
            self.waiting_count[tree] += 1
