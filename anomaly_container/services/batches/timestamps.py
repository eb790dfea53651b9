"""Timestamps of a time column, as seconds since 1970."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anomaly_container.detection.numeric.arrays import FloatArray

LAST_SECOND: Final = 1e11
"""A larger number counts milliseconds, and one that is a thousand times larger counts microseconds."""


def seconds(texts: Iterable[str]) -> FloatArray:
    """Return timestamps in seconds since 1970, NaN for those that cannot be read.

    Parameters
    ----------
    texts
        ISO 8601, `YYYY-MM-DD hh:mm[:ss[.f]]`, or the seconds, milliseconds or microseconds since 1970. A time
        without a zone is UTC.

    Examples
    --------
    >>> seconds(["1970-01-01T00:01:00Z", "1970-01-01 00:02", "1700000000000", "noon"])
    array([6.0e+01, 1.2e+02, 1.7e+09,     nan])
    """
    return np.fromiter(map(_seconds, texts), dtype=np.float64)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return _of_date(text)
    if not math.isfinite(number):
        return math.nan
    while abs(number) > LAST_SECOND:
        number /= 1000
    return number


def _of_date(text: str) -> float:
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        return math.nan
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
