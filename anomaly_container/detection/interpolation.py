"""The cubic spline through the points of a series with gaps, on every slot of its grid.

Its third derivative does not jump at the second point and the last but one, as the service takes it. At a
point it has the value of the point but for rounding, which the service keeps.

Source: de Boor, A Practical Guide to Splines (1978), chapters X and XIII.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray, IntArray

_ORDER = 4


def cubic_through(slots: IntArray, values: FloatArray) -> FloatArray:
    """Return the interpolating spline at slots 0, 1, ... up to the last one: (slots[-1] + 1,) float64.

    Parameters
    ----------
    slots : (n,) int64
        Ascending, n >= 6.
    values : (n,) float64
    """
    # No knot stands at the second point and the last but one.
    places = slots.astype(np.float64)
    knots = np.concatenate((places[:1].repeat(_ORDER), places[2:-2], places[-1:].repeat(_ORDER)))
    at_slots, first = _basis(knots, np.arange(places[-1] + 1.0))
    coefficients = _coefficients(at_slots[:, slots], values)
    spline: FloatArray = np.zeros_like(at_slots[0])
    for column in range(_ORDER):
        spline += coefficients[first + column] * at_slots[column]
    return spline


def _basis(knots: FloatArray, places: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the four B-splines that are not zero at each place, (4, m), and the number of the first one."""
    inner = knots[_ORDER:-_ORDER]
    interval = np.searchsorted(inner, places, side="right") + (_ORDER - 1)
    basis = np.zeros((_ORDER, places.size))
    basis[0] = 1.0
    for degree in range(1, _ORDER):
        carried = np.zeros_like(places)
        for column in range(degree):
            above, below = knots[interval + column + 1], knots[interval + column + 1 - degree]
            share = basis[column] / (above - below)
            basis[column] = carried + share * (above - places)
            carried = share * (places - below)
        basis[degree] = carried
    return basis, interval - (_ORDER - 1)


def _coefficients(basis: FloatArray, values: FloatArray) -> FloatArray:
    """Return the coefficients of the spline through all points: (n,) float64.

    At a knot three B-splines are not zero, so that the equations have three diagonals, but for those of the
    two points without a knot. LAPACK's solver of such equations calls no BLAS: any processor gives its bits.
    """
    from scipy.linalg.lapack import dgtsv  # noqa: PLC0415 - only series with gaps pay for it

    # The first coefficient is the first value, the last one the last; these are the equations of the others.
    lower, diagonal, upper = basis[0, 2:-1].copy(), basis[1, 1:-1].copy(), basis[2, 1:-2].copy()
    right = values[1:-1].copy()
    start, end = basis[:, 1], basis[:, -2]
    share = start[3] / upper[1]
    diagonal[0], upper[0] = start[1] - share * lower[0], start[2] - share * diagonal[1]
    right[0] -= start[0] * values[0] + share * right[1]
    share = end[0] / lower[-2]
    diagonal[-1], lower[-1] = end[2] - share * upper[-1], end[1] - share * diagonal[-2]
    right[-1] -= end[3] * values[-1] + share * right[-2]
    inner: FloatArray = dgtsv(lower, diagonal, upper, right)[3]
    return np.concatenate((values[:1], inner, values[-1:]))
