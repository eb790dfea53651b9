"""Medians of columns with gaps, and what takes the place of a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray

_LARGEST_SINGLE = float(np.finfo(np.float32).max)


def medians(columns: FloatArray) -> FloatArray:
    """Return the median of the values of each column.

    Parameters
    ----------
    columns : (C, n) float64
        n >= 1. NaN is a gap.

    Returns
    -------
    (C,) float64
        NaN for a column of gaps.

    Examples
    --------
    >>> medians(np.array([[1.0, np.nan, 2.0], [np.nan, np.nan, np.nan]]))
    array([1.5, nan])
    """
    ordered = np.sort(columns, axis=1)
    return medians_of_ordered(ordered, columns.shape[1] - np.isnan(ordered).sum(axis=1))


def medians_of_ordered(ordered: FloatArray, count: IntArray) -> FloatArray:
    """Return the median of each column of ascending values.

    Parameters
    ----------
    ordered : (C, n) float64
        n >= 1. Gaps are last.
    count : (C,) int64
        The values of each column that are not gaps.

    Returns
    -------
    (C,) float64
    """
    rows = np.arange(count.size)
    middle: FloatArray = (ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, count // 2]) / 2.0
    return middle


def fill_gaps(rows: FloatArray, fill: FloatArray) -> FloatArray:
    """Return rows with their gaps replaced, and limited to what single precision can hold.

    Parameters
    ----------
    rows : (n, C) float64
        NaN is a gap.
    fill : (C,) float64
        What takes the place of a gap of each column; NaN leaves it.

    Returns
    -------
    (n, C) float64

    Examples
    --------
    >>> fill_gaps(np.array([[1.0, np.nan]]), np.array([5.0, 2.0]))
    array([[1., 2.]])
    """
    filled = np.where(np.isnan(rows), fill, rows)
    return np.clip(filled, -_LARGEST_SINGLE, _LARGEST_SINGLE, out=filled)
