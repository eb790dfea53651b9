"""The features of time: numbers of the clock of a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

SECONDS_PER_HOUR: Final = 3600
SECONDS_PER_DAY: Final = 86_400
_FIRST_DAY: Final = 3  # 1970-01-01 was a Thursday
_SATURDAY: Final = 5


def time_column(name: str, local: FloatArray) -> FloatArray:
    """Return a column of time.

    Parameters
    ----------
    name
        `hour`, 0 to 23; `day_of_week`, 0 for Monday; `is_weekend`, 0 or 1; `hour_sin` or `hour_cos`, of the
        angle 2 pi hour / 24.
    local : ndarray of float64, shape (n,)
        Seconds of the wall clock since 1970.

    Examples
    --------
    >>> time_column("hour", np.array([0.0, 7200.0])).tolist()
    [0.0, 2.0]
    """
    return _TIMES[name](local)


def _hour(local: FloatArray) -> FloatArray:
    return np.floor(local / SECONDS_PER_HOUR) % 24


def _day_of_week(local: FloatArray) -> FloatArray:
    return (np.floor(local / SECONDS_PER_DAY) + _FIRST_DAY) % 7


def _is_weekend(local: FloatArray) -> FloatArray:
    return (_day_of_week(local) >= _SATURDAY).astype(np.float64)


def _hour_sin(local: FloatArray) -> FloatArray:
    return np.sin(_hour(local) * (2 * np.pi / 24))


def _hour_cos(local: FloatArray) -> FloatArray:
    return np.cos(_hour(local) * (2 * np.pi / 24))


_TIMES: Final = {
    "hour": _hour,
    "day_of_week": _day_of_week,
    "is_weekend": _is_weekend,
    "hour_sin": _hour_sin,
    "hour_cos": _hour_cos,
}
