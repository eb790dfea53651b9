"""The trees of a random cut forest as arrays, and the cut of a box.

Source: Guha, Mishra, Roy and Schrijvers, "Robust random cut forest based anomaly detection on streams", ICML
(2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from anomaly_container.detection.numeric.arrays import FloatArray, Int32Array

__all__ = ["LANES", "NODE", "Trees", "choose_cut", "estimated_bytes", "planted"]

LANES = 8
"""Columns are padded with zeros to a multiple of this number, and added up side by side."""

NODE = np.dtype([("cut", "f8"), ("total", "f8"), ("column", "i4"), ("mass", "i4"), ("children", "i4", (2,))])
"""The layout of a node in the kernels."""


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Room for t trees of s rows each, in d columns that are padded to p.

    A child is a node, or the complement `~leaf` of a leaf. A node or leaf of mass 0 is free; the root of a
    tree without rows is a leaf of mass 0. A row goes to the first child of a node if its value of the node's
    column is at most the cut, else to the second.

    Attributes
    ----------
    nodes : (t, max(s - 1, 1)) of NODE
        Cut, sum of the sides of the box, column, mass and children.
    boxes : (t, max(s - 1, 1), 2, p) float64
        The least and the greatest value of each column among the rows of a node.
    points : (t, s, p) float64
        The row of a leaf.
    masses : (t, s) int32
        The number of equal rows of a leaf.
    roots : (t,) int32
        The root of each tree, written like a child.
    width : int
        The number d of columns.
    logs, inverses : (s + 1,) float64
        log2(i + 1) and 1 / (i + 1), computed once.
    """

    nodes: npt.NDArray[np.void]
    boxes: FloatArray
    points: FloatArray
    masses: Int32Array
    roots: Int32Array
    width: int
    logs: FloatArray
    inverses: FloatArray

    @property
    def buffers(self) -> tuple[object, ...]:
        """The arrays in the order in which the kernels take them."""
        arrays = (self.nodes, self.boxes, self.points, self.masses, self.roots, self.logs, self.inverses)
        return (*arrays, self.width)

    @property
    def rows_held(self) -> Int32Array:
        """The number of rows in each tree: (t,) int32."""
        tree = np.arange(len(self.roots))
        is_leaf = self.roots < 0
        leaf, node = np.where(is_leaf, ~self.roots, 0), np.where(is_leaf, 0, self.roots)
        return np.where(is_leaf, self.masses[tree, leaf], self.nodes["mass"][tree, node])


def planted(trees: int, places: int, width: int) -> Trees:
    """Return trees without rows.

    Parameters
    ----------
    trees, places, width : int
        The numbers t of trees, s of rows that each has room for, and d of columns.
    """
    padded, nodes = padded_width(width), max(places - 1, 1)
    return Trees(
        nodes=np.zeros((trees, nodes), dtype=NODE),
        boxes=np.zeros((trees, nodes, 2, padded)),
        points=np.zeros((trees, places, padded)),
        masses=np.zeros((trees, places), dtype=np.int32),
        roots=np.full(trees, ~0, dtype=np.int32),
        width=width,
        logs=np.array([log2(i + 1) for i in range(places + 1)]),
        inverses=np.array([1.0 / (i + 1) for i in range(places + 1)]),
    )


def padded_width(width: int) -> int:
    """Return the number of columns with those that pad them."""
    return -(-width // LANES) * LANES


def estimated_bytes(trees: int, sample: int, columns: int) -> int:
    """Return the memory that a forest takes, with the weights and handles of learning.

    Parameters
    ----------
    trees : int
        Number of trees.
    sample : int
        Most rows of each.
    columns : int
        Number of columns.

    Returns
    -------
    int
        Bytes.

    Examples
    --------
    >>> from anomaly_container.detection.forest.random_cut.tree import estimated_bytes
    >>> estimated_bytes(50, 512, 7) // 1024**2
    5
    """
    padded = 8 * padded_width(columns)
    node, leaf, slot = NODE.itemsize + 2 * padded, padded + 4, 12
    return trees * (max(sample - 1, 1) * node + sample * (leaf + slot) + 12) + 16 * (sample + 1)


def choose_cut(low: FloatArray, high: FloatArray, number: float) -> tuple[int, float]:
    """Return the column and the cut of a box that a random number chooses.

    A column is chosen by its share of the sum of the sides, a cut uniformly between its least and its
    greatest value, the latter excepted.

    Parameters
    ----------
    low, high : (d,) float64
        The box. Some side is not 0.
    number : float
        A draw from [0, 1).
    """
    sides = high - low
    running: Any = np.add.accumulate(sides)
    place = number * float(running[-1])
    column = int(np.searchsorted(running, place, side="right"))
    if column == len(sides):
        # Rounding took it to the very end: the last column that has a side.
        column = int(np.flatnonzero(sides)[-1])
    before = float(running[column - 1]) if column else 0.0
    cut = float(low[column]) + (place - before)
    return column, float(low[column]) if cut >= high[column] else cut
