"""Running medians in single precision, as in the service."""

from __future__ import annotations

from bisect import bisect_right, insort
from math import frexp
from typing import TYPE_CHECKING

import numpy as np
import scipy

from anomaly_container.detection.univariate import _kernels

if _kernels.compiled is None:  # Only the twin needs it.
    import scipy.ndimage

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, SingleArray


def to_single(values: FloatArray) -> tuple[SingleArray, float]:
    """Round values to single precision, and return by what power of two they were multiplied: (n,) float32.

    That brings huge values into the range of single precision and changes no digit; for others it is 1.

    Parameters
    ----------
    values : (n,) float64
    """
    scale = 2.0 ** -max(frexp(max(values.max(), -values.min()))[1] - 100, 0)
    return (values * scale).astype(np.float32), scale


def centred_median(single: SingleArray, width: int) -> SingleArray:
    """Return the running median where the whole window fits, and the data elsewhere: (n,) float32.

    Parameters
    ----------
    single : (n,) float32
    width : int
        Odd window; wider than the series, the data come back as they are.
    """
    return _within(single, width) if single.size >= width > 1 else single


def truncated_median(values: FloatArray, width: int) -> FloatArray:
    """Return the running median with windows cut short at both ends: (n,) float64.

    In the last half window, the service looks up a leaving value in double precision: if single precision
    rounded it up, the next smaller element is removed in its place.

    Parameters
    ----------
    values : (n,) float64
    width : int
        Odd window, at most n.
    """
    single = values.astype(np.float32)
    if _kernels.compiled is not None:
        medians = np.empty_like(single)
        _kernels.compiled.running_median(np.ascontiguousarray(values), single, medians, width)
    else:
        medians = _within(single, width)
        _truncated_ends(values, single, medians, width)
    return medians.astype(np.float64)


def _truncated_ends(values: FloatArray, single: SingleArray, medians: SingleArray, width: int) -> None:
    """Compute the first and the last `width // 2` medians, in place."""
    half = width // 2
    window = sorted(single[:half].tolist())
    for position in range(half):
        insort(window, float(single[position + half]))
        medians[position] = _middle(window)
    window = sorted(single[values.size - width :].tolist())
    for position in range(values.size - half, values.size):
        leaving = float(values[position - half - 1])
        del window[max(bisect_right(window, leaving) - 1, 0)]
        medians[position] = _middle(window)


def _within(single: SingleArray, width: int) -> SingleArray:
    """Return the medians of all windows that lie within the series, and the data elsewhere: (n,)."""
    medians = single.copy()
    if _kernels.compiled is not None:
        _kernels.compiled.running_median(None, single, medians, width)
        return medians
    half = width // 2
    inner = slice(half, single.size - half)
    medians[inner] = scipy.ndimage.median_filter(single, size=width, mode="nearest")[inner]
    return medians


def _middle(ordered: list[float]) -> np.float32:
    """Return the median of an ascending list of single-precision numbers."""
    size = len(ordered)
    if size % 2:
        return np.float32(ordered[size // 2])
    return (np.float32(ordered[size // 2 - 1]) + np.float32(ordered[size // 2])) / np.float32(2)
