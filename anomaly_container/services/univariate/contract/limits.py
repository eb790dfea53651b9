"""The limits of a request: its size, and the bounds of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the size of a request, inclusive.

    Attributes
    ----------
    min_points, max_points
        The bounds of the number of points of a series; the defaults are those of the service's documentation.
    max_depth
        How deep objects and arrays of a body may be nested; a request needs 3.
    """

    min_points: int = 12
    max_points: int = 8640
    max_depth: int = 64


# The service refuses values whose magnitude is larger.
MAX_MAGNITUDE: Final = 1e100

# `customInterval`, `period`, `sensitivity` and `stableTrendWindow` are int32 in every API specification.
MAX_INT32: Final = 2**31 - 1

# The message says "< 0.5"; the service refuses everything above 0.49.
MAX_ANOMALY_RATIO: Final = 0.49

# The specification and the message say 99; the service accepts 100, which makes the margins of anomalies 0.
MAX_SENSITIVITY: Final = 100

# The specification says 0.0 to 1.0; the service's message narrows it.
MIN_CHANGE_POINT_THRESHOLD: Final = 0.01
MAX_CHANGE_POINT_THRESHOLD: Final = 0.99

MIN_STABLE_TREND_WINDOW: Final = 3

# Share of empty grid slots above which a seasonal series is refused.
MAX_MISSING_RATIO: Final = 0.5

# Points are billed in thousands, rounded up for each call.
POINTS_PER_BILLING_UNIT: Final = 1000
