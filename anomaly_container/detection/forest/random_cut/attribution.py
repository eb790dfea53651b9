"""The walk of rows down the trees: their scores, and the share of each column in them.

The naive form is one row in one tree after the other. In numpy, rows go down all trees side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut.tree import LANES

if TYPE_CHECKING:
    from anomaly_container.detection.forest.random_cut.tree import Trees
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

_BLOCK = 128
"""Rows that go down all trees at once in numpy."""


def walk(rows: FloatArray, trees: Trees, *, shared: bool) -> tuple[FloatArray, FloatArray]:
    """Return the scores of rows, summed over the trees in their order, and the contributions of the columns.

    A row outside the box of a node would have been cut off there with probability out / (out + total), out
    being the sum over the columns of its distance from the box. That is worth 1 / (depth + 1); the walk goes
    on with the rest of the probability. A leaf that differs has a box without sides; one of mass m that is
    equal is worth (1 - m / (2 M)) / (depth + log2(m + 1)) in a tree of M rows. The sum is multiplied by
    log2(M + 1). What lies outside is divided among the columns by their distances, below the box and above,
    and at an equal leaf evenly.

    Parameters
    ----------
    rows : (n, p) float64
        Finite, padded.
    trees : Trees
    shared : bool
        False if the shares are not wanted.

    Returns
    -------
    tuple of numpy.ndarray
        (n,) float64, and (n, 2, p) float64, below and above; (0,) if not wanted.
    """
    sums, shares = np.zeros(len(rows)), np.zeros((len(rows), 2, rows.shape[1]) if shared else 0)
    if _kernels.compiled is not None:
        _kernels.compiled.score_random_cut(rows, trees.buffers, sums, shares)
        return sums, shares
    for first in range(0, len(rows), _BLOCK):
        block = slice(first, first + _BLOCK)
        _walk_block(rows[block], trees, sums[block], shares[block])
    return sums, shares


def _walk_block(rows: FloatArray, trees: Trees, sums: FloatArray, shares: FloatArray) -> None:
    held = trees.rows_held.astype(np.int64)
    planted = np.flatnonzero(held)
    # One entry for each pair of a tree and a row.
    tree = np.repeat(planted, len(rows))
    row = np.tile(np.arange(len(rows)), len(planted))
    here = trees.roots[tree].astype(np.int64)
    keep, score = np.ones(len(tree)), np.zeros(len(tree))
    # Boxes lie within each other: a row that is below one of them in a column is not above any other.
    parts = np.zeros((len(tree), rows.shape[1]) if shares.size else 0)
    depth, reached = 0, np.zeros(len(tree), dtype=np.int64)
    while (inner := np.flatnonzero(here >= 0)).size:
        node, box = trees.nodes[tree[inner], here[inner]], trees.boxes[tree[inner], here[inner]]
        point = rows[row[inner]]
        ways = np.maximum(np.maximum(box[:, 0] - point, point - box[:, 1]), 0.0)
        out = sum_of_lanes(ways)
        # Within the box nothing changes.
        if (outside := np.flatnonzero(out)).size:
            pair, total = inner[outside], node["total"][outside]
            whole = out[outside] + total
            amount = keep[pair]
            score[pair] += amount * (out[outside] / whole) * trees.inverses[depth]
            if parts.size:
                worth = amount * trees.inverses[depth]
                parts[pair] += worth[:, None] * (ways[outside] / whole[:, None])
            keep[pair] = amount * (total / whole)
        side = ~(point[np.arange(len(inner)), node["column"]] <= node["cut"])
        here[inner] = node["children"][np.arange(len(inner)), side.astype(np.int64)]
        depth += 1
        reached[inner] = depth
    leaf = trees.points[tree, ~here]
    masses = trees.masses[tree, ~here].astype(np.int64)
    signed = rows[row] - leaf
    even = _add_leaves(np.abs(signed), (keep, reached, masses, held[tree]), trees, score, parts)
    for k in range(len(planted)):
        of_tree = slice(k * len(rows), (k + 1) * len(rows))
        scale = trees.logs[held[planted[k]]]
        sums += score[of_tree] * scale
        if parts.size:
            part, sign, same = parts[of_tree], signed[of_tree], even[of_tree, None]
            shares[:, 0] += (np.where(sign < 0.0, part, 0.0) + same) * scale
            shares[:, 1] += (np.where(sign > 0.0, part, 0.0) + same) * scale
    if parts.size:
        shares[:, :, trees.width :] = 0.0


def _add_leaves(
    ways: FloatArray,
    arrived: tuple[FloatArray, IntArray, IntArray, IntArray],
    trees: Trees,
    score: FloatArray,
    parts: FloatArray,
) -> FloatArray:
    """Add the values of the leaves, and return what an equal leaf adds to each side of a column."""
    keep, depth, mass, held = arrived
    out = sum_of_lanes(ways)
    is_equal = out == 0.0
    differing = np.where(is_equal, 0.0, keep * trees.inverses[depth])
    equal = keep * (1.0 - mass / (2.0 * held)) / np.where(is_equal, depth + trees.logs[mass], 1.0)
    equal = np.where(is_equal, equal, 0.0)
    score += np.where(is_equal, equal, differing)
    if parts.size:
        parts += differing[:, None] * (ways / np.where(is_equal, 1.0, out)[:, None])
    return np.asarray(equal / (2.0 * trees.width))


def sum_of_lanes(values: FloatArray) -> FloatArray:
    """Return the sum over the columns, always added in one order, which the kernels have too.

    Parameters
    ----------
    values : (n, p) float64
        p is a multiple of 8.
    """
    lanes = values[:, :LANES]
    for first in range(LANES, values.shape[1], LANES):
        lanes = lanes + values[:, first : first + LANES]
    a, b, c, d, e, f, g, h = lanes.T
    return np.asarray(((a + e) + (c + g)) + ((b + f) + (d + h)))
