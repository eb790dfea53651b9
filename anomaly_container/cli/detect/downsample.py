"""Many points as a few columns, for pictures that have fewer dots across than points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

# As many seasons side by side can still be told apart.
_SHOWN_SEASONS = 100


def column_starts(points: int, most: int) -> IntArray:
    """Return where each column of equally many points, or one more, begins : (k,) int64, k at most `most`.

    Parameters
    ----------
    points
        Points to draw.
    most
        Columns there may be.
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
    """Return the mean of every `each` points : (n // each,); points that fill no column are left out."""
    columns = values[: values.size // each * each].reshape(-1, each)
    # Divided first, so that a sum of large values stays finite.
    result: FloatArray = (columns / each).sum(axis=1)
    return result


def whole_seasons(points: int, columns: int, period: int) -> int:
    """Return how many points make one column of means, so that a season does not beat against the columns.

    Short seasons are averaged away, whole ones at a time; those that a picture can show stay.
    """
    each = -(-points // columns)
    is_short = 1 < period * _SHOWN_SEASONS < points
    return -(-each // period) * period if is_short else each
