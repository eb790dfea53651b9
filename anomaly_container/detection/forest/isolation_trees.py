"""The trees of an isolation forest as arrays, and the length of an unsuccessful search in a binary tree."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, Int32Array, SingleArray

_EULER = 0.5772156649015329


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The nodes of t trees; the root of each is node 0, and the children of a node stand side by side.

    A row goes to the left child of a node if its value of the node's feature is at most the threshold, else
    to the right child. A leaf has no threshold, and is the right child of itself: a row stays there.

    Attributes
    ----------
    feature : (t, k) int32
        The column that a node compares; 0 at a leaf.
    threshold : (t, k) float32
        Rounded down from double precision, which changes no comparison with single precision; NaN at a leaf.
    left : (t, k) int32
        The left child; the right child is one more.
    path : (t, k) float64
        At a leaf the number of edges from the root, and the mean number of edges that would isolate one of
        the rows that it was grown from.
    height : int
        No leaf is more edges than this from the root.
    """

    feature: Int32Array
    threshold: SingleArray
    left: Int32Array
    path: FloatArray
    height: int


def leaves(trees: int, nodes: int, height: int) -> Trees:
    """Return trees whose nodes are all leaves without rows.

    Parameters
    ----------
    trees, nodes : int
        Number of trees, and of nodes in each.
    height : int
        Largest number of edges from the root to a leaf.
    """
    shape = (trees, nodes)
    return Trees(
        feature=np.zeros(shape, dtype=np.int32),
        threshold=np.full(shape, np.nan, dtype=np.float32),
        left=np.tile(np.arange(-1, nodes - 1, dtype=np.int32), (trees, 1)),
        path=np.zeros(shape),
        height=height,
    )


def leaf_paths(height: int, size: int) -> FloatArray:
    """Return the path to a leaf by its edges and its rows: (height + 1, size + 1) float64.

    The path to a leaf of k rows is the number of edges from the root, and c(k) of `search_length`. It is
    computed as the number of nodes on the way and c(k), less one, which decides the last bit.

    Parameters
    ----------
    height, size : int
        The largest number of edges, and of rows.
    """
    nodes = np.arange(1.0, height + 2.0)[:, None]
    return nodes + [search_length(rows) for rows in range(size + 1)] - 1.0


def search_length(rows: int) -> float:
    """Return the mean length of an unsuccessful search in a binary tree; 0 for fewer than two rows.

    c(n) = 2 (ln(n - 1) + gamma) - 2 (n - 1) / n, and c(2) = 1, where gamma is Euler's constant.

    Parameters
    ----------
    rows : int
        n >= 0.
    """
    if rows <= 2:
        return float(rows == 2)
    return 2.0 * (log(rows - 1.0) + _EULER) - 2.0 * (rows - 1.0) / rows
