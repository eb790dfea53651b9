"""The arrays of a forest in a model file, and the checks before they reach a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from anomaly_container.detection.forest.random_cut.learning import Reservoirs
from anomaly_container.detection.forest.random_cut.tree import planted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from anomaly_container.detection.forest.random_cut.tree import Trees
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray, UInt64Array

LARGEST = 1e300
"""Values are at most this far from 0, so that no sum of sides overflows."""
MOST_TREES, MOST_PLACES, MOST_COLUMNS = 10_000, 1 << 20, 1 << 16


def stored(trees: Trees) -> dict[str, npt.NDArray[Any]]:
    """Return copies of the arrays that the rest can be made from, little-endian.

    Parameters
    ----------
    trees : Trees
    """
    column = np.uint8 if trees.width <= 256 else np.uint16
    return {
        "column": trees.nodes["column"].astype(column).astype(np.dtype(column).newbyteorder("<")),
        "cut": trees.nodes["cut"].astype("<f8"),
        "children": trees.nodes["children"].astype("<i4"),
        "mass": trees.nodes["mass"].astype("<i4"),
        "points": trees.points[:, :, : trees.width].astype("<f8"),
        "leafMass": trees.masses.astype("<i4"),
        "root": trees.roots.astype("<i4"),
    }


def trees_from(arrays: Mapping[str, npt.NDArray[Any]], sample: int) -> Trees:
    """Return the trees that `stored` gave, with boxes and sums recomputed.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
    sample : int
        The number of places of a tree.

    Raises
    ------
    ValueError
        If an array is missing or has another shape or type, or if they are not those of trees.
    """
    points = _array(arrays, "points", "f", None)
    if points.ndim != 3:
        _refuse("the array points has not three dimensions")
    count, places, width = points.shape
    if not (1 <= count <= MOST_TREES and 1 <= places <= MOST_PLACES and 1 <= width <= MOST_COLUMNS):
        _refuse(f"{count} trees of {places} rows in {width} columns are not a forest")
    if places != sample:
        _refuse(f"the trees have {places} places, and the sample is {sample}")
    nodes = (count, max(places - 1, 1))
    column, mass = _array(arrays, "column", "u", nodes), _array(arrays, "mass", "i", nodes)
    cut, children = _array(arrays, "cut", "f", nodes), _array(arrays, "children", "i", (*nodes, 2))
    leaf_mass, root = _array(arrays, "leafMass", "i", (count, places)), _array(arrays, "root", "i", (count,))
    for name, values in (("points", points), ("cut", cut)):
        if not (np.abs(values) <= LARGEST).all():
            _refuse(f"a value of {name} is not finite, or is beyond 1e300")
    if (column >= width).any():
        _refuse(f"a node cuts column {int(column.max())} of {width}")
    if (mass < 0).any() or (leaf_mass < 0).any():
        _refuse("a mass is negative")
    trees = planted(count, places, width)
    trees.nodes["cut"], trees.nodes["column"], trees.nodes["mass"] = cut, column, mass
    trees.nodes["children"] = children
    trees.points[:, :, :width] = points + 0.0
    trees.masses[:], trees.roots[:] = leaf_mass, root
    _enclose(trees, _levels(trees))
    return trees


def reservoirs_from(arrays: Mapping[str, npt.NDArray[Any]], trees: Trees) -> Reservoirs:
    """Return the reservoirs of trees that have learned.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
        With `weights` and `handles`.
    trees : Trees
        As `trees_from` returns them.

    Raises
    ------
    ValueError
        If the arrays do not belong to these trees.
    """
    shape = trees.masses.shape
    weights, handles = _array(arrays, "weights", "f", shape), _array(arrays, "handles", "i", shape)
    if np.isnan(weights).any() or (weights == np.inf).any():
        _refuse("a weight is not a number, or is infinite")
    if (handles < 0).any() or (handles >= shape[1]).any():
        _refuse("a handle names a leaf that is not there")
    for tree, held in enumerate(trees.rows_held.tolist()):
        if (np.bincount(handles[tree, :held], minlength=shape[1]) != trees.masses[tree]).any():
            _refuse(f"the handles of tree {tree} do not name its leaves as often as they have rows")
    return Reservoirs(weights.astype(np.float64), handles.astype(np.int32))


def states_from(arrays: Mapping[str, npt.NDArray[Any]], trees: int) -> tuple[UInt64Array, int]:
    """Return the states of the generators, and the number of rows seen.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray
        With `states` and `seen`.
    trees : int
        Number of trees.

    Raises
    ------
    ValueError
        If they are missing, or belong to another number of trees.
    """
    states, seen = _array(arrays, "states", "u", (trees,)), int(_array(arrays, "seen", "i", ()))
    if not 0 <= seen < 2**53:
        _refuse(f"the number of rows seen is {seen}")
    return states.astype(np.uint64), seen


def _array(
    arrays: Mapping[str, npt.NDArray[Any]], name: str, kind: str, shape: tuple[int, ...] | None
) -> npt.NDArray[Any]:
    values = arrays.get(name)
    if values is None:
        _refuse(f"there is no array {name}")
    if values.dtype.kind != kind or values.dtype.itemsize > 8:
        _refuse(f"the array {name} has the type {values.dtype}")
    if shape is not None and values.shape != shape:
        _refuse(f"the array {name} has the shape {values.shape}, not {shape}")
    return values


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


def _levels(trees: Trees) -> list[tuple[IntArray, IntArray]]:
    """Return the nodes of all trees by their depth: trees and numbers. Each is reached once, or is free."""
    node_visits: IntArray = np.zeros(trees.nodes.shape, dtype=np.int64)
    leaf_visits: IntArray = np.zeros(trees.masses.shape, dtype=np.int64)
    tree, here = np.arange(len(trees.roots)), trees.roots.astype(np.int64)
    levels: list[tuple[IntArray, IntArray]] = []
    while here.size:
        if (here >= node_visits.shape[1]).any() or (~here >= leaf_visits.shape[1]).any():
            _refuse("a child is not there")
        is_leaf = here < 0
        np.add.at(leaf_visits, (tree[is_leaf], ~here[is_leaf]), 1)
        tree, here = tree[~is_leaf], here[~is_leaf]
        np.add.at(node_visits, (tree, here), 1)
        if (node_visits[tree, here] > 1).any():
            _refuse("a node is the child of two, or of itself")
        levels.append((tree, here))
        here = trees.nodes["children"][tree, here].astype(np.int64).ravel()
        tree = np.repeat(tree, 2)
    if (leaf_visits > 1).any():
        _refuse("a leaf is the child of two nodes")
    is_held = trees.masses > 0
    is_empty = ~is_held.any(axis=1) & (trees.roots == ~0)
    is_held[is_empty, 0] = True
    if (is_held != (leaf_visits > 0)).any() or ((trees.nodes["mass"] > 0) != (node_visits > 0)).any():
        _refuse("a node or leaf with rows is not reached, or one without rows is")
    return levels


def _enclose(trees: Trees, levels: list[tuple[IntArray, IntArray]]) -> None:
    """Make the boxes and their sums from the leaves up, and check masses and cuts."""
    for tree, node in reversed(levels):
        column, cut = (trees.nodes[name][tree, node] for name in ("column", "cut"))
        children = trees.nodes["children"][tree, node]
        (low, high, mass), (other_low, other_high, other) = (
            _child(trees, tree, children[:, side]) for side in (0, 1)
        )
        place = np.arange(len(tree))
        if not ((high[place, column] <= cut) & (cut < other_low[place, column])).all():
            _refuse("a cut does not part the rows of its node")
        if (trees.nodes["mass"][tree, node] != mass + other).any():
            _refuse("the mass of a node is not the sum of its children's")
        low, high = np.minimum(low, other_low), np.maximum(high, other_high)
        trees.boxes[tree, node, 0], trees.boxes[tree, node, 1] = low, high
        sides = high[:, : trees.width] - low[:, : trees.width]
        trees.nodes["total"][tree, node] = np.add.accumulate(sides, axis=1)[:, -1]
    if (trees.rows_held > trees.masses.shape[1]).any():
        _refuse("a tree has more rows than places")


def _child(trees: Trees, tree: IntArray, child: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the boxes and masses of children."""
    is_leaf = child < 0
    leaf, node = np.where(is_leaf, ~child, 0), np.where(is_leaf, 0, child)
    point, box = trees.points[tree, leaf], trees.boxes[tree, node]
    low, high = (np.where(is_leaf[:, None], point, box[:, side]) for side in (0, 1))
    mass = np.where(is_leaf, trees.masses[tree, leaf], trees.nodes["mass"][tree, node])
    return low, high, mass.astype(np.int64)
