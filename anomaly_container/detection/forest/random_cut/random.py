"""The generator of random numbers of each tree: SplitMix64.

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA (2014). The state only
counts, so that any number of draws can be made at once. The order of the draws is part of a forest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, UInt64Array

__all__ = ["draw", "draws", "first_states", "skip"]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNIT = 2.0**-53
_ALL = 2**64 - 1


def first_states(trees: int, seed: int) -> UInt64Array:
    """Return the state of each tree's generator before its first draw: mix(seed + G (k + 1)).

    Parameters
    ----------
    trees : int
        Number of trees; k is 0 for the first.
    seed : int
        From 0 to 2^63 - 1.

    Returns
    -------
    numpy.ndarray
        (trees,) uint64.

    Examples
    --------
    >>> from anomaly_container.detection.forest.random_cut.random import first_states
    >>> hex(first_states(2, 0)[0])
    '0xe220a8397b1dcdaf'
    """
    counted = np.arange(1, trees + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    return _mixed(np.asarray(counted + np.uint64(seed)))


def draws(states: UInt64Array, count: int) -> FloatArray:
    """Return the next draws of each tree, and leave the states as they are.

    Parameters
    ----------
    states : (t,) uint64
        The states of the generators.
    count : int
        The number of draws of each.

    Returns
    -------
    numpy.ndarray
        (t, count) float64, each in [0, 1).

    Examples
    --------
    >>> from anomaly_container.detection.forest.random_cut.random import draws, first_states
    >>> draws(first_states(1, 0), 2).round(4).tolist()
    [[0.6524, 0.7012]]
    """
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    mixed = _mixed(states[:, None] + steps)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * _UNIT)


def skip(states: UInt64Array, counts: UInt64Array) -> None:
    """Advance each generator by a number of draws.

    Parameters
    ----------
    states, counts : (t,) uint64
        The states, which are changed, and the numbers of draws.
    """
    states += counts * np.uint64(_GOLDEN)


def draw(states: UInt64Array, tree: int) -> float:
    """Return the next draw of one tree, and advance its generator.

    Parameters
    ----------
    states : (t,) uint64
        The states of the generators; that of the tree is changed.
    tree : int
        The number of the tree.

    Returns
    -------
    float
        In [0, 1).
    """
    state = (int(states[tree]) + _GOLDEN) & _ALL
    states[tree] = state
    z = ((state ^ (state >> 30)) * _FIRST) & _ALL
    z = ((z ^ (z >> 27)) * _SECOND) & _ALL
    return ((z ^ (z >> 31)) >> 11) * _UNIT


def _mixed(values: UInt64Array) -> UInt64Array:
    z = (values ^ (values >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return np.asarray(z ^ (z >> np.uint64(31)))
