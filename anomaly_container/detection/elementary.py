"""Elementary functions as the C library rounds them, number by number.

numpy's own vector versions differ in the last bit from processor to processor, and an answer must not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection import _kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from anomaly_container.detection.types import FloatArray

_LEAST_SQUARE = 2.0**-960
_LARGEST_POWER = math.log(np.finfo(np.float64).max)


def log(values: FloatArray) -> FloatArray:
    """Return the natural logarithms: (n,) float64.

    Parameters
    ----------
    values : (n,) float64
        Greater than 0.
    """
    return _each("log", math.log, values)


def exp(values: FloatArray) -> FloatArray:
    """Return the powers of e: (n,) float64, infinite beyond the range of numbers.

    Parameters
    ----------
    values : (n,) float64
    """
    if _kernels.compiled is None:
        beyond = values > _LARGEST_POWER
        if beyond.any():
            return np.where(beyond, np.inf, _each("exp", math.exp, np.where(beyond, 0.0, values)))
    return _each("exp", math.exp, values)


def cbrt(values: FloatArray) -> FloatArray:
    """Return the cube roots: (n,) float64.

    Parameters
    ----------
    values : (n,) float64
    """
    return _each("cbrt", math.cbrt, values)


def magnitude(numbers: NDArray[np.complex128]) -> FloatArray:
    """Return the absolute values: (n,) float64.

    Parameters
    ----------
    numbers : (n,) complex128
    """
    if _kernels.compiled is None:
        with np.errstate(over="ignore", under="ignore"):
            square = power(numbers)
        sizes: FloatArray = np.sqrt(square)
        # Far from the ends of the range no square leaves it, and the root of their sum is the faster way.
        at = np.flatnonzero(~((square > _LEAST_SQUARE) & (square < 1.0 / _LEAST_SQUARE)))
        sizes[at] = [abs(number) for number in numbers[at].tolist()]
        return sizes
    results = np.empty(numbers.size)
    _kernels.compiled.magnitude(np.ascontiguousarray(numbers), results)
    return results


def power(spectrum: NDArray[np.complex128]) -> FloatArray:
    """Return the squared absolute values: (...) float64.

    Multiplied as complex numbers they would be rounded once where the processor has fused operations.

    Parameters
    ----------
    spectrum : (...) complex128
    """
    squared: FloatArray = spectrum.real**2 + spectrum.imag**2
    return squared


def _each(name: str, function: Callable[[float], float], values: FloatArray) -> FloatArray:
    """Apply a function of the C library to each value, by the kernel of that name or by Python's `math`."""
    if _kernels.compiled is not None:
        results = np.empty_like(values)
        getattr(_kernels.compiled, name)(np.ascontiguousarray(values), results)
        return results
    return np.fromiter(map(function, values.tolist()), np.float64, values.size)
