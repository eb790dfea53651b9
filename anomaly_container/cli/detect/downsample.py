"""Downsampling: many points as a few columns, for pictures with fewer pixels across than points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

# So many seasons can still be distinguished in a picture.
_SHOWN_SEASONS = 100


def column_starts(points: int, most: int) -> IntArray:
    """Return where each column of equally many points, or one more, begins : (k,) int64, k at most `most`.

    Parameters
    ----------
    points
        Points to draw.
    most
        The largest number of columns.
    """
    columns = min(points, most)
    return np.arange(columns, dtype=np.int64) * points // columns


def lowest(values: FloatArray, starts: IntArray) -> FloatArray:
    """Return the least value of each column : (k,)."""
    return np.minimum.reduceat(values, starts)


def highest(values: FloatArray, starts: IntArray) -> FloatArray:
    """Return the largest value of each column : (k,)."""
    return np.maximum.reduceat(values, starts)


def means(values: FloatArray, each: int) -> FloatArray:
    """Return the mean of every `each` points : (n // each,); the last points may be left out."""
    columns = values[: values.size // each * each].reshape(-1, each)
    # Divided first, so that a sum of large values stays finite.
    result: FloatArray = (columns / each).sum(axis=1)
    return result


def whole_seasons(points: int, columns: int, period: int) -> int:
    """Return how many points make one column of means, so that seasons and columns do not interfere.

    Short seasons are averaged, always a whole number of them; those that a picture can show are kept.
    """
    each = -(-points // columns)
    is_short = 1 < period * _SHOWN_SEASONS < points
    return -(-each // period) * period if is_short else each
