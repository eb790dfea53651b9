"""Many points as a few columns, for pictures that have fewer dots across than points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray, IntArray


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


def means(values: FloatArray, starts: IntArray) -> FloatArray:
    """Return the mean of each column : (k,)."""
    counts = np.diff(starts, append=values.size)
    # Divided first, so that a sum of large values stays finite.
    return np.add.reduceat(values / np.repeat(counts, counts), starts)
