"""The seeds of the trees of an isolation forest, and the rows that each of them is grown from.

All draws are those of numpy's `RandomState`, the generator whose streams numpy has promised not to change.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import IntArray, UInt32Array

TREES: Final = 100
"""The trees of a forest."""
SAMPLE: Final = 256
"""The largest number of rows that a tree is grown from."""
SEED: Final = 42

_LARGEST: Final = 2**31 - 1
_SPARSE, _HALF_SPARSE, _DENSE = 0.01, 0.2, 0.99
"""Shares of the rows that a tree gets, at which the way to draw them changes."""


@lru_cache(maxsize=8)
def sample_rows(count: int) -> IntArray:
    """Return which rows of a matrix the trees of a forest are grown from.

    The draws depend on the number of rows only. So the rows can be collected from a file that does not fit in
    memory, and `fit_sampled` be given what they hold.

    Parameters
    ----------
    count : int
        Number of rows n of the matrix.

    Returns
    -------
    numpy.ndarray
        (100, m) int64, m = min(256, n): for each tree distinct indices below n. It cannot be written to.

    Raises
    ------
    ValueError
        If there are no rows.

    Examples
    --------
    >>> from anomaly_container.detection.forest.isolation import sample_rows
    >>> sample_rows(3)[0].tolist()
    [0, 1, 2]
    >>> sample_rows(1_000_000).shape
    (100, 256)
    """
    if count < 1:
        message = "an isolation forest needs at least one row"
        raise ValueError(message)
    size = min(SAMPLE, count)
    chosen = np.empty((TREES, size), dtype=np.int64)
    draw = _way_to_draw(size / count)
    generator = np.random.RandomState(SEED)
    for tree, seed in enumerate(_bag_seeds()):
        if size < count:
            generator.seed(seed)
        chosen[tree] = draw(generator, count, size)
    chosen.flags.writeable = False
    return chosen


@cache
def tree_seeds() -> UInt32Array:
    """Return the seed of the generator of each tree: (100,) uint32, none of them 0."""
    generator = np.random.RandomState(SEED)
    seeds = np.empty(TREES, dtype=np.uint32)
    for tree, seed in enumerate(_bag_seeds()):
        generator.seed(seed)
        generator.seed(generator.randint(_LARGEST))
        seeds[tree] = generator.randint(0, _LARGEST) or 1
    return seeds


@cache
def _bag_seeds() -> list[int]:
    return [int(seed) for seed in np.random.RandomState(SEED).randint(_LARGEST, size=TREES)]


def _way_to_draw(share: float) -> Callable[[np.random.RandomState, int, int], IntArray]:
    if _SPARSE < share < _DENSE:
        return _by_permutation
    return _by_rejection if share < _HALF_SPARSE else _by_reservoir


def _by_permutation(generator: np.random.RandomState, count: int, size: int) -> IntArray:
    return generator.permutation(count)[:size]


def _by_rejection(generator: np.random.RandomState, count: int, size: int) -> IntArray:
    """Draw until there are enough different rows; keep them in the order of their first draw."""
    drawn = generator.randint(count, size=size)
    while True:
        first = np.sort(np.unique(drawn, return_index=True)[1])
        if first.size >= size:
            return drawn[first[:size]]
        drawn = np.concatenate([drawn, generator.randint(count, size=size - first.size)])


def _by_reservoir(generator: np.random.RandomState, count: int, size: int) -> IntArray:
    """Let each further row take the place of one, or of none."""
    kept = np.arange(size)
    for row in range(size, count):
        place = generator.randint(0, row + 1)
        if place < size:
            kept[place] = row
    return kept
