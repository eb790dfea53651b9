"""Robust centre and scale of the values of one block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection.batches.gaps import medians_of_ordered

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray, IntArray

FEWEST: Final = 12
"""With fewer values a block has no scale."""
_MAD_TO_DEVIATION = 1.4826
_TRIM = 4.0
_TRIMMED_MEANS = 2
_LEAST_AT_FIRST = 1.0 / 3.0
_LEAST = 1.0 / 6.0


def block_scale(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a centre and a scale of each column that outliers hardly move.

    The centre is the median and the scale 1.4826 times the median absolute deviation, at least a third of
    the standard deviation. Twice then both become mean and standard deviation of the values within four
    scales of the centre; the scale stays at least a sixth of the standard deviation of all values.

    Parameters
    ----------
    values : (C, n) float64
        NaN is a gap.

    Returns
    -------
    centre, scale : (C,) float64
        NaN for a column with fewer than 12 values.

    Examples
    --------
    >>> centre, scale = block_scale(np.array([[*range(1, 12), 1000.0]]))
    >>> centre, scale.round(2)
    (array([6.]), array([45.79]))
    """
    ordered = np.sort(values, axis=1)
    count = values.shape[1] - np.isnan(ordered).sum(axis=1)
    enough = count >= FEWEST
    columns = np.flatnonzero(enough)
    centre, scale = np.full(count.size, np.nan), np.full(count.size, np.nan)
    if columns.size:
        centre[columns], scale[columns] = _trimmed(ordered[columns], count[columns])
    return centre, scale


def _trimmed(ordered: FloatArray, count: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return centre and scale of columns in ascending order, gaps last, with enough values."""
    middle = medians_of_ordered(ordered, count)
    distance = ordered - middle[:, None]
    whole = _deviation(np.where(np.isnan(distance), 0.0, distance), ~np.isnan(distance), count)[1]
    spread = _MAD_TO_DEVIATION * medians_of_ordered(np.sort(np.abs(distance), axis=1), count)
    scale = np.maximum(spread, whole * _LEAST_AT_FIRST)
    # Both are distances from the median from here on, so that a constant column has a scale of exactly 0.
    offset = np.zeros_like(middle)
    for _ in range(_TRIMMED_MEANS):
        inside = np.abs(distance - offset[:, None]) <= _TRIM * scale[:, None]
        kept = inside.sum(axis=1)
        if not kept.all():
            # The square of a deviation was too small for a number, and no value is within 0: so all count.
            inside |= (kept == 0)[:, None] & ~np.isnan(distance)
            kept = inside.sum(axis=1)
        offset, scale = _deviation(np.where(inside, distance, 0.0), inside, kept)
        scale = np.maximum(scale, whole * _LEAST)
    return middle + offset, scale


def _deviation(distance: FloatArray, inside: BoolArray, count: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the distances that are inside; the others are 0."""
    mean = np.add.reduce(distance, axis=1) / count
    centred = (distance - mean[:, None]) * inside
    return mean, np.sqrt(np.add.reduce(centred * centred, axis=1) / count)
