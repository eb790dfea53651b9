"""The points of a request: from decoded JSON to a vector of values and one of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.contract.errors import (
    MALFORMED_POINT,
    NAN_VALUE,
    NULL_SERIES,
    SERIES_NOT_A_LIST,
    TOO_FEW_POINTS,
    TOO_MANY_POINTS,
    VALUE_TOO_LARGE,
)
from anomaly_container.contract.limits import MAX_MAGNITUDE
from anomaly_container.contract.timestamps import to_nanoseconds

if TYPE_CHECKING:
    from anomaly_container.contract.fields import Point
    from anomaly_container.contract.limits import Limits
    from anomaly_container.detection.types import FloatArray, IntArray


def read_points(
    series: object, limits: Limits, *, timed: bool
) -> tuple[FloatArray, IntArray | None, list[Any]]:
    """Read values and times.

    Parameters
    ----------
    series
        What the body has for `series`; if a list, one of `Point`.
    limits
        How many points there may be.
    timed
        Whether every point needs a timestamp. Without that, those that are there are read and forgotten.

    Returns
    -------
    values : (n,) float64
        Finite values.
    times : (n,) int64 or None
        Nanoseconds since 1970, in the caller's order; None unless `timed`.
    stamps : (n,) list
        The timestamps from which these were read; only those that are there unless `timed`.

    Raises
    ------
    ContractError
        If the series is null, not a list, too short or too long; if a value or a timestamp cannot be read;
        if a value is too large or NaN. The first of these, in this order, decides.
    """
    points = _counted(series, limits)
    values = _values(points)
    stamps: list[Any] = [point.timestamp for point in points]
    if not timed:
        stamps = [stamp for stamp in stamps if stamp is not None]
    times = to_nanoseconds(stamps) if stamps else None
    if (np.abs(values) > MAX_MAGNITUDE).any():
        raise VALUE_TOO_LARGE.error()
    if np.isnan(values).any():
        raise NAN_VALUE.error()
    return values, times if timed else None, stamps


def _counted(series: object, limits: Limits) -> list[Point]:
    if series is None:
        raise NULL_SERIES.error()
    if not isinstance(series, list):
        raise SERIES_NOT_A_LIST.error()
    if len(series) < limits.min_points:
        raise TOO_FEW_POINTS.error(min_points=limits.min_points)
    if len(series) > limits.max_points:
        raise TOO_MANY_POINTS.error(max_points=limits.max_points)
    return series


def _values(points: list[Point]) -> FloatArray:
    """Return the values : (n,) float64; numpy reads texts as `float` does."""
    try:
        return np.array([point.value for point in points], dtype=np.float64)
    except (TypeError, ValueError):
        raise MALFORMED_POINT.error() from None
