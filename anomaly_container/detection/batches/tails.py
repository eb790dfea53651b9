"""Thresholds from the tail of past scores, which are counted in histograms with 16 bins an octave."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

LOWEST_OCTAVE: Final = -16
HIGHEST_OCTAVE: Final = 8
BINS_AN_OCTAVE: Final = 16
BINS: Final = (HIGHEST_OCTAVE - LOWEST_OCTAVE) * BINS_AN_OCTAVE

# The sign, the exponent and the first four bits of the fraction of a float64: the number of its bin.
_BITS_BELOW_A_BIN = 48
_EXPONENT_BIAS = 1023
_FIRST_BIN = (_EXPONENT_BIAS + LOWEST_OCTAVE) * BINS_AN_OCTAVE

FULL: Final = 1000.0
"""The weight from which a histogram decides."""
_BODY, _SHOULDER = 0.75, 0.925
_ALARMS = 2.5e-4
"""The share of values beyond r in a normal tail."""
_EXTRAPOLATION = log((1.0 - _SHOULDER) / _ALARMS) / log((1.0 - _BODY) / (1.0 - _SHOULDER))
_ROOM = 1.25
_LARGEST_BUDGET = 0.1
_BUDGET_OF_ALL = 0.3


def _edges() -> FloatArray:
    octaves = np.exp2(np.arange(LOWEST_OCTAVE, HIGHEST_OCTAVE, dtype=np.float64))
    steps = 1.0 + np.arange(BINS_AN_OCTAVE) / BINS_AN_OCTAVE
    edges = np.append((octaves[:, None] * steps).ravel(), 2.0**HIGHEST_OCTAVE)
    edges[0] = 0.0
    return edges


EDGES: Final = _edges()
"""Edges of the bins: (BINS + 1,). The first bin takes all that is smaller, the last all that is larger."""


def count(scores: FloatArray, present: BoolArray) -> FloatArray:
    """Count scores in bins: 16 of equal width between each power of two and the next.

    Parameters
    ----------
    scores : (k, n) float64
        Not negative. Scores that are not present may be NaN.
    present : (k, n) bool

    Returns
    -------
    (k, BINS) float64
        The histogram of each row.

    Examples
    --------
    >>> histogram = count(np.array([[1.0, 1.05, 1.0625]]), np.ones((1, 3), dtype=bool))
    >>> histogram[0, 256:258]
    array([2., 1.])
    """
    rows = scores.shape[0]
    bins: IntArray = np.ascontiguousarray(scores).view(np.int64) >> _BITS_BELOW_A_BIN
    bins -= _FIRST_BIN
    np.clip(bins, 0, BINS - 1, out=bins)
    bins[~present] = BINS
    bins += np.arange(rows)[:, None] * (BINS + 1)
    counts = np.bincount(bins.ravel(), minlength=rows * (BINS + 1))
    return counts.reshape(rows, BINS + 1)[:, :BINS].astype(np.float64)


def quantiles(histograms: FloatArray, shares: FloatArray) -> FloatArray:
    """Return quantiles of histograms: the upper edge of the bin that each lies in.

    Parameters
    ----------
    histograms : (k, BINS) float64
        Each with a weight greater than 0.
    shares : (q,) float64
        Between 0 and 1.

    Returns
    -------
    (k, q) float64

    Examples
    --------
    >>> histogram = np.zeros((1, BINS))
    >>> histogram[0, 256:258] = [2.0, 2.0]
    >>> quantiles(histogram, np.array([0.5, 0.75]))
    array([[1.0625, 1.125 ]])
    """
    sums = np.cumsum(histograms, axis=1)
    wanted = sums[:, -1:] * shares
    below = (sums[:, None, :] < wanted[:, :, None]).sum(axis=2)
    # Rounding may put the whole sum below a share of 1.
    found: FloatArray = EDGES[np.minimum(below, BINS - 1) + 1]
    return found


def budget(columns: int) -> float:
    """Return the share of its values that one of so many columns may flag at most."""
    return min(_LARGEST_BUDGET, _BUDGET_OF_ALL / columns)


def thresholds(histograms: FloatArray, least: FloatArray, alarms: float) -> FloatArray:
    """Return thresholds: the least allowed, or more if the tail of past scores is heavy.

    The logarithm of a normal tail's survival is nearly linear in the square of the score. The line through
    the quantiles 0.75 and 0.925, which 5 % of anomalies do not reach, gives the score r that a share of
    2.5e-4 exceeds. The threshold is max(least, r / 1.25, q), with q the quantile ``1 - alarms``, once a
    histogram holds a weight of 1000; before, it is the least.

    Parameters
    ----------
    histograms : (k, BINS) float64
        Past scores in standard deviations.
    least : (k,) float64
    alarms : float
        The share of scores that may exceed the threshold at most.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> thresholds(np.zeros((1, BINS)), np.array([4.0]), 0.1)
    array([4.])
    """
    full = np.add.reduce(histograms, axis=1) >= FULL
    if not full.any():
        return least
    found = least.copy()
    body, shoulder, quota = quantiles(histograms[full], np.array([_BODY, _SHOULDER, 1.0 - alarms])).T
    square = shoulder * shoulder
    tail = np.sqrt(square + (square - body * body) * _EXTRAPOLATION)
    found[full] = np.maximum(least[full], np.maximum(tail / _ROOM, quota))
    return found
