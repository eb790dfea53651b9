"""Order statistics and robust scales of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray, Real

CLOSE_RELATIVE: Final = 1e-5
CLOSE_ABSOLUTE: Final = 1e-8
"""Numbers this near are equal, by the defaults of `numpy.isclose`."""
NORMAL_QUARTILE: Final = float(np.float32(0.6744897501960817))
"""Phi^-1(3/4) in single precision, which scales a MAD to a standard deviation."""

# Up to this many rows are sorted row by row, if there are enough columns.
_FEW_ROWS = 6
_MANY_COLUMNS = 256


def median(values: FloatArray) -> float:
    """Return the median of finite values; much faster than numpy's for short series."""
    upper = values.size // 2
    parted = np.partition(values, upper)
    if values.size % 2:
        return float(parted[upper])
    return float((parted[:upper].max() + parted[upper]) / 2.0)


def column_medians(table: NDArray[Real]) -> NDArray[Real]:
    """Return the median of each column of finite values: (k,), in the precision of the table.

    Parameters
    ----------
    table : (n, k) float32 or float64
    """
    count, columns = table.shape
    if count <= _FEW_ROWS and columns >= _MANY_COLUMNS:
        return _middle_row(list(table))
    upper = count // 2
    parted = np.partition(np.ascontiguousarray(table.T), upper, axis=1)
    if count % 2:
        return parted[:, upper]
    medians: NDArray[Real] = (parted[:, :upper].max(axis=1) + parted[:, upper]) / table.dtype.type(2)
    return medians


def _middle_row(rows: list[NDArray[Real]]) -> NDArray[Real]:
    """Return the element-wise median of rows, by odd-even transposition sort: (k,)."""
    count = len(rows)
    for turn in range(count):
        for at in range(turn % 2, count - 1, 2):
            lower, higher = rows[at], rows[at + 1]
            rows[at], rows[at + 1] = np.minimum(lower, higher), np.maximum(lower, higher)
    if count % 2:
        return rows[count // 2]
    medians: NDArray[Real] = (rows[count // 2 - 1] + rows[count // 2]) / rows[0].dtype.type(2)
    return medians


def quartiles(values: FloatArray) -> tuple[float, float]:
    """Return the lower and the upper quartile of finite values, as numpy's `quantile` rounds them.

    Source: definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
    Statistician 50 (1996).

    Parameters
    ----------
    values : (n,) float64
    """
    ordered = np.sort(values)
    return _quantile(ordered, 0.25), _quantile(ordered, 0.75)


def _quantile(ordered: FloatArray, share: float) -> float:
    """Return a quantile of ascending values, computed from the nearer of its two neighbours."""
    place = (ordered.size - 1) * share
    before = int(place)
    lower, upper = float(ordered[before]), float(ordered[min(before + 1, ordered.size - 1)])
    beyond = place - before
    return upper - (upper - lower) * (1.0 - beyond) if beyond >= 0.5 else lower + (upper - lower) * beyond


def ascending_order(values: FloatArray, with_equals: Callable[[FloatArray], IntArray]) -> IntArray:
    """Return the order of values from the least: (n,) int64.

    Parameters
    ----------
    values : (n,) float64
        Without NaN.
    with_equals : callable
        The sort for values some of which are equal, whose order it settles.
    """
    # Several times faster than a sort that settles the order of equals, which only equals need.
    order: IntArray = np.argsort(values)
    ordered = values[order]
    return with_equals(values) if (ordered[1:] == ordered[:-1]).any() else order


def earlier_first(values: FloatArray) -> IntArray:
    """Return the order of values from the least, equal ones by index: (n,) int64."""
    return np.argsort(values, kind="stable")


def mad(values: FloatArray, centre: float | None = None) -> float:
    """Return the median absolute deviation as a standard deviation: median|x - median| / Phi^-1(3/4).

    Parameters
    ----------
    values : (n,) float64
    centre : float, optional
        Their median, if it is known.
    """
    return median(np.abs(values - (median(values) if centre is None else centre))) / NORMAL_QUARTILE


def minmax(values: FloatArray) -> FloatArray:
    """Scale a series to [0, 1]; a constant one becomes zeros."""
    low, high = values.min(), values.max()
    return np.zeros_like(values) if low == high else (values - low) / (high - low)


def closeness(value: float) -> float:
    """Return the largest distance at which `numpy.isclose` counts another number as close to a value."""
    return CLOSE_ABSOLUTE + CLOSE_RELATIVE * abs(value)
