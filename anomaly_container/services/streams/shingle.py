"""Vectors of the last rows of a partition, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def shingled(kept: list[list[float]], rows: FloatArray, size: int) -> tuple[FloatArray, int]:
    """Return the vectors of the last `size` rows, the oldest first, and keep the rows for the next ones.

    Parameters
    ----------
    kept
        The rows before, at most `size` - 1, which are replaced by the last ones.
    rows
        The new rows, of shape (n, d).
    size
        The number of rows in a vector.

    Returns
    -------
    vectors, warming
        The vectors, of shape (n - warming, size * d), and the number of the first rows without a vector.

    Examples
    --------
    >>> kept = [[1.0]]
    >>> shingled(kept, np.array([[2.0], [3.0]]), 3)
    (array([[1., 2., 3.]]), 1)
    >>> kept
    [[2.0], [3.0]]
    """
    if size == 1:
        return rows, 0
    width = rows.shape[1]
    together = np.concatenate([np.array(kept, dtype=np.float64).reshape(-1, width), rows])
    count = max(0, len(together) - size + 1)
    places = np.arange(count)[:, None] + np.arange(size)
    kept[:] = together[max(0, len(together) - size + 1) :].tolist()
    return together[places].reshape(count, size * width), len(rows) - count
