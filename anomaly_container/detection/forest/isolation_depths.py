"""The depth of rows in the trees of an isolation forest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest import _kernels

if TYPE_CHECKING:
    from anomaly_container.detection.forest.isolation_trees import Trees
    from anomaly_container.detection.numeric.arrays import FloatArray, SingleArray

_BLOCK = 1024
"""Rows that go down all trees at once in numpy: their places in them stay in the cache."""


def depths(rows: SingleArray, trees: Trees) -> FloatArray:
    """Return the path of each row from root to leaf, summed over the trees in their order: (n,) float64.

    Parameters
    ----------
    rows : (n, d) float32
        As many columns as those that the trees were grown from.
    trees : Trees
    """
    if _kernels.compiled is None:
        blocks = [_block_depths(rows[first : first + _BLOCK], trees) for first in range(0, len(rows), _BLOCK)]
        return np.concatenate([np.empty(0), *blocks])
    sums = np.empty(len(rows))
    arrays = (trees.feature, trees.threshold, trees.left, trees.path)
    sizes = (rows.shape[1], trees.height, len(trees.path))
    _kernels.compiled.isolation_depths(np.ascontiguousarray(rows), *arrays, *sizes, sums)
    return sums


def _block_depths(rows: SingleArray, trees: Trees) -> FloatArray:
    first = np.arange(len(trees.path))[:, None] * trees.path.shape[1]
    left = (trees.left + first).ravel()
    feature, threshold = trees.feature.ravel(), trees.threshold.ravel()
    values, start = rows.ravel(), np.arange(len(rows)) * rows.shape[1]
    node = np.broadcast_to(first, (len(first), len(rows)))
    for _ in range(trees.height):
        goes_left = values.take(start + feature.take(node)) <= threshold.take(node)
        node = left.take(node) + ~goes_left
    # Unlike a sum, an accumulation always adds in order.
    sums: FloatArray = np.add.accumulate(trees.path.ravel().take(node), axis=0)
    return sums[-1, :]
