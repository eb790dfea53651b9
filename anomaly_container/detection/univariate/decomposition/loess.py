"""LOESS on equally spaced points, in the order of operations of netlib's `stl`.

Near-ties of residuals can amplify a difference of 1e-13 into a different flag, so every sum here runs over
the window in ascending order: windows lie along axis 0, and a reduction over axis 0 adds row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class LocalLines:
    """The geometry of a degree-1 smoother: the parts that depend only on length, span and jump.

    Attributes
    ----------
    grid : (g,) int64
        Points at which a line is fitted; the others are interpolated linearly.
    window : (q, g) int64
        Indices of the q nearest points of each grid point.
    tricube : (q, g) float64
        Distance weights of those points.
    left : (m,) int64
        The grid point at or before each point, as an index into `grid`.
    offset : (m,) float64
        Distance of each point from that grid point.
    """

    grid: IntArray
    window: IntArray
    tricube: FloatArray
    left: IntArray
    offset: FloatArray


def tricube(distance: FloatArray, bandwidth: FloatArray | float) -> FloatArray:
    """Return tricube weights: 1 near the centre, (1 - (r/h)^3)^3, and 0 from 0.999 h on.

    Parameters
    ----------
    distance : array of float64
    bandwidth : array broadcastable to `distance`, or float
    """
    ratio = distance / bandwidth
    falling = 1.0 - ratio * ratio * ratio
    falling = falling * falling * falling
    near = np.where(distance <= 0.001 * bandwidth, 1.0, falling)
    return np.where(distance <= 0.999 * bandwidth, near, 0.0)


def local_lines(length: int, span: int, jump: int) -> LocalLines:
    """Return a smoother of `length` points with windows of `span` points, fitted at every `jump`-th point.

    Parameters
    ----------
    length : int
        m, at least 2.
    span : int
        q, odd.
    jump : int
        Distance between grid points; the last point is always a grid point.
    """
    step = min(jump, length - 1)
    grid = np.arange(0, length, step, dtype=np.int64)
    if grid[-1] != length - 1:
        grid = np.append(grid, length - 1)
    width = min(span, length)
    first = np.clip(grid - (span + 1) // 2 + 1, 0, length - width)
    window = first + np.arange(width, dtype=np.int64)[:, None]
    bandwidth = np.maximum(grid - first, first + width - 1 - grid).astype(np.float64)
    if span > length:
        bandwidth += (span - length) // 2
    distance = np.abs(window - grid).astype(np.float64)
    left = np.minimum(np.arange(length, dtype=np.int64) // step, grid.size - 1)
    left[-1] = grid.size - 1
    offset = np.arange(length, dtype=np.float64) - grid[left]
    return LocalLines(grid, window, tricube(distance, bandwidth), left, offset)


def line_weights(lines: LocalLines, robustness: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return the weights that turn a window of data into the value of its fitted line.

    Parameters
    ----------
    lines : LocalLines
    robustness : (m,) float64 or None
        Weight of each point; None for equal weights.

    Returns
    -------
    weights : (q, g) float64
    total : (g,) float64
        Sum of the weights before normalisation; 0 if there is no fit.
    """
    weights = lines.tricube if robustness is None else robustness[lines.window] * lines.tricube
    total = column_sums(weights)
    weights = weights / np.where(total > 0.0, total, 1.0)
    position = lines.window + 1.0
    centre = column_sums(weights * position)
    deviation = position - centre
    spread = column_sums(weights * (deviation * deviation))
    sloped = np.sqrt(spread) > 0.001 * (lines.left.size - 1)
    slope = (lines.grid + 1.0 - centre) / np.where(sloped, spread, 1.0)
    return np.where(sloped, weights * (slope * deviation + 1.0), weights), total


def smooth(values: FloatArray, lines: LocalLines, weights: FloatArray, total: FloatArray) -> FloatArray:
    """Return the LOESS of `values` with the weights from `line_weights`.

    Parameters
    ----------
    values : (m,) float64
    lines, weights, total
        As from `local_lines` and `line_weights`.

    Returns
    -------
    (m,) float64
    """
    fitted = column_sums(weights * values[lines.window])
    fitted = np.where(total > 0.0, fitted, values[lines.grid])
    slope = np.append(np.diff(fitted) / np.diff(lines.grid), 0.0)
    smoothed: FloatArray = fitted[lines.left] + slope[lines.left] * lines.offset
    return smoothed


def column_sums(table: FloatArray) -> FloatArray:
    """Return the sum of each column, added from the first row to the last.

    Parameters
    ----------
    table : (rows, ...) float64
    """
    if table[0].size == 1:
        # A single column would be summed pairwise.
        total: FloatArray = np.add.accumulate(table, axis=0)[-1]
        return total
    sums: FloatArray = np.add.reduce(table, axis=0)
    return sums
