"""The points of a request: decoded JSON as a vector of values and a vector of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.services.univariate.contract.errors import (
    MALFORMED_POINT,
    NAN_VALUE,
    NULL_SERIES,
    SERIES_NOT_A_LIST,
    TOO_FEW_POINTS,
    TOO_MANY_POINTS,
    VALUE_TOO_LARGE,
)
from anomaly_container.services.univariate.contract.limits import MAX_MAGNITUDE
from anomaly_container.services.univariate.contract.timestamps import to_nanoseconds

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray
    from anomaly_container.services.univariate.contract.fields import Point
    from anomaly_container.services.univariate.contract.limits import Limits


def read_points(
    series: object, limits: Limits, *, timed: bool
) -> tuple[FloatArray, IntArray | None, list[Any]]:
    """Read values and times.

    Parameters
    ----------
    series
        The field `series` of the body; a list contains only `Point`.
    limits
        The bounds of the number of points.
    timed
        Whether every point needs a timestamp. If not, the timestamps that are there are only checked.

    Returns
    -------
    values : (n,) float64
        Finite values.
    times : (n,) int64 or None
        Nanoseconds since 1970, in the order of the request; None unless `timed`.
    stamps : (n,) list
        The timestamps of the points; unless `timed`, only those that are there.

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
    """Return the values : (n,) float64; numpy reads strings as `float` does."""
    try:
        return np.array([point.value for point in points], dtype=np.float64)
    except (TypeError, ValueError):
        raise MALFORMED_POINT.error() from None
