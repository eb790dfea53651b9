"""The values that cross the border of the detection library: a series in, arrays of verdicts out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]
SingleArray: TypeAlias = npt.NDArray[np.float32]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Real = TypeVar("Real", np.float32, np.float64)


class Granularity(StrEnum):
    """The unit of the distance between two neighbouring points; order as the service lists it."""

    DAILY = "daily"
    MINUTELY = "minutely"
    HOURLY = "hourly"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    SECONDLY = "secondly"
    MICROSECOND = "microsecond"
    NONE = "none"


class ImputeMode(StrEnum):
    """How empty grid slots are filled before detection."""

    AUTO = "auto"
    PREVIOUS = "previous"
    LINEAR = "linear"
    FIXED = "fixed"
    ZERO = "zero"
    NOT_FILL = "notFill"


class MarginRule(StrEnum):
    """Which rule makes margins, final flags and severity (V2 and V3 are one rule)."""

    V1 = "V1"
    V3 = "V3"


class StlRule(StrEnum):
    """Which decomposition: the live service's exact rules, or those of the published package."""

    SERVICE = "service"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values on a regular grid, some of whose slots may be empty.

    Attributes
    ----------
    values : (n,) float64
        Finite values, in time order, in the caller's unit.
    slots : (n,) int64
        Strictly ascending grid index of each value; the first is 0.
    """

    values: FloatArray
    slots: IntArray

    @classmethod
    def without_gaps(cls, values: Sequence[float] | FloatArray) -> Series:
        """Return a series whose points are neighbours on the grid.

        Parameters
        ----------
        values : (n,) array_like of float
            The values in time order.
        """
        array = np.ascontiguousarray(values, dtype=np.float64)
        return cls(array, np.arange(array.size, dtype=np.int64))

    @property
    def grid_length(self) -> int:
        """Number of grid slots from the first to the last point."""
        return int(self.slots[-1]) + 1

    @property
    def missing_ratio(self) -> float:
        """Share of grid slots that hold no value."""
        return (self.grid_length - self.values.size) / self.grid_length


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose for `entire` and `last`.

    Attributes
    ----------
    granularity, interval
        The grid step is `interval` units of `granularity`.
    period
        Points per season; 0 or 1 for none, None to detect it.
    max_anomaly_ratio
        Largest share of points that may be flagged, 0 < ratio <= 0.49.
    sensitivity
        0 to 100; higher is a narrower band.
    impute_mode, impute_value
        How empty slots are filled; the value is used by `ImputeMode.FIXED` alone.
    margin_rule, stl_rule
        Which generation of the service answers.
    """

    granularity: Granularity = Granularity.NONE
    interval: int = 1
    period: int | None = None
    max_anomaly_ratio: float = 0.25
    sensitivity: int = 99
    impute_mode: ImputeMode = ImputeMode.AUTO
    impute_value: float = 0.0
    margin_rule: MarginRule = MarginRule.V3
    stl_rule: StlRule = StlRule.SERVICE


@dataclass(frozen=True, slots=True)
class ChangePointOptions:
    """What a caller may choose for `change_points`.

    Attributes
    ----------
    granularity, interval
        The grid step is `interval` units of `granularity`.
    period
        Points per season; 0 or 1 for none, None to detect it.
    stable_trend_window
        Points a new trend must last, 3 <= window < n / 2; None for the granularity's default.
    threshold
        0.01 to 0.99, lower accepts fewer change points; None for the granularity's default.
    """

    granularity: Granularity
    interval: int = 1
    period: int | None = None
    stable_trend_window: int | None = None
    threshold: float | None = None
    stl_rule: StlRule = StlRule.SERVICE


@dataclass(frozen=True, slots=True, eq=False)
class EntireResult:
    """Verdicts for every point of a series.

    Attributes
    ----------
    period
        Points per season, 0 for none.
    expected_values, upper_margins, lower_margins : (n,) float64
        In the unit of the values; the band is [expected - lower, expected + upper].
    is_anomaly, is_negative_anomaly, is_positive_anomaly : (n,) bool
        Negative is below the band, positive above.
    severity : (n,) float64
        0 for normal points, up to 1.
    model_id
        The service's number of the detector that answered.
    """

    period: int
    expected_values: FloatArray
    upper_margins: FloatArray
    lower_margins: FloatArray
    is_anomaly: BoolArray
    is_negative_anomaly: BoolArray
    is_positive_anomaly: BoolArray
    severity: FloatArray
    model_id: int


@dataclass(frozen=True, slots=True)
class LastResult:
    """The verdict for the last point of a series; fields as in `EntireResult`, for one point.

    Attributes
    ----------
    suggested_window
        Points worth sending for the next call: 4 periods and one, or the granularity's default.
    """

    period: int
    suggested_window: int
    expected_value: float
    upper_margin: float
    lower_margin: float
    is_anomaly: bool
    is_negative_anomaly: bool
    is_positive_anomaly: bool
    severity: float
    model_id: int


@dataclass(frozen=True, slots=True, eq=False)
class ChangePointResult:
    """Where the trend of a series changes.

    Attributes
    ----------
    period
        Points per season, 0 for none.
    is_change_point : (n,) bool
    confidence_scores : (n,) float64
        0 to 1: how far a point leaves the line of its trend, in units of the trend's range.
    model_id
        The service's number of the detector that answered.
    """

    period: int
    is_change_point: BoolArray
    confidence_scores: FloatArray
    model_id: int
