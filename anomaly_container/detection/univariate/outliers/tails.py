"""A series ordered for the test of one tail, the most extreme point first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.robust_scale import ascending_order, closeness, mad
from anomaly_container.detection.univariate.constants import EPSILON
from anomaly_container.detection.univariate.outliers.introsort import introsort

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A series in the order in which one tail is tested, the most extreme point first.

    Attributes
    ----------
    points : (l,) int64
        Indices into the series; fewer than its points if a majority value cuts the other tail off.
    values : (l,) float64
        The values in that order.
    direction : float
        1 for the upper tail, -1 for the lower.
    """

    points: IntArray
    values: FloatArray
    direction: float


def majority_value(ordered: FloatArray) -> float | None:
    """Return the value that most points share: the lower median if the MAD is 0, unless it is an extreme.

    Parameters
    ----------
    ordered : (n,) float64
        Ascending.
    """
    middle = float(ordered[(ordered.size - 1) // 2])
    median = (middle + float(ordered[ordered.size // 2])) / 2.0
    if not _is_close(mad(ordered, median), 0.0):
        return None
    if _is_close(middle, float(ordered[0])) or _is_close(middle, float(ordered[-1])):
        return None
    return middle


def _is_close(value: float, other: float) -> bool:
    """Return whether two numbers are close, as `numpy.isclose` defines it."""
    return abs(value - other) <= closeness(other)


def tails(values: FloatArray, order: IntArray | None = None) -> tuple[Tail, Tail, bool]:
    """Order a series for the upper and the lower test.

    One order serves both: the upper test reads it from its end.

    Parameters
    ----------
    values : (n,) float64
    order : (n,) int64, optional
        The order of the values from the least; by default that in which the service has equal values.

    Returns
    -------
    upper, lower : Tail
    has_majority : bool
        Whether a majority value cut the tails.
    """
    low_to_high = ascending_order(values, introsort) if order is None else order
    high_to_low = low_to_high[::-1]
    majority = majority_value(values[low_to_high])
    if majority is not None:
        low_to_high = _cut(low_to_high, values, majority)
        high_to_low = _cut(high_to_low, values, majority)
    return (
        Tail(high_to_low, values[high_to_low], 1.0),
        Tail(low_to_high, values[low_to_high], -1.0),
        majority is not None,
    )


def _cut(points: IntArray, values: FloatArray, majority: float) -> IntArray:
    """Drop the points after the last one with the majority value."""
    equal = np.flatnonzero(np.abs(values[points] - majority) < EPSILON)
    return points[: equal[-1] + 1] if equal.size else points
