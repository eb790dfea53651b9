"""Input types of the detection library: series and options."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray, IntArray


class Granularity(StrEnum):
    """Unit of the grid step, in the order in which the service lists them.

    The service's `MICROSECOND` is a millisecond. With `NONE` timestamps are ignored: points are neighbours.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity
    >>> Granularity("hourly") is Granularity.HOURLY
    True
    """

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
    """Method that fills empty grid slots before detection; grids of more than 17,280 slots are not filled.

    `AUTO`
        If there is a season: a cubic spline for gaps of at most 6 slots and a quarter of a season, a weighted
        mean of the same phase in up to three seasons on each side for longer ones, then a straight line.
        Without a season, gaps are not filled. The period is detected with gaps filled as by `PREVIOUS`.
    `PREVIOUS`
        The last value before the gap.
    `LINEAR`
        A straight line between the values beside the gap.
    `FIXED`, `ZERO`
        `Options.impute_value`, or 0.
    `NOT_FILL`
        Gaps are not filled; the points beside a gap count as neighbours.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import ImputeMode, Options
    >>> Options(impute_mode=ImputeMode.FIXED, impute_value=-1.0).impute_value
    -1.0
    """

    AUTO = "auto"
    PREVIOUS = "previous"
    LINEAR = "linear"
    FIXED = "fixed"
    ZERO = "zero"
    NOT_FILL = "notFill"


class MarginRule(StrEnum):
    """Rule for margins, final flags and severity; the formulas are in `EntireResult`.

    `V1` is the rule of REST v1.0 and its previews, `V3` that of REST v1.1. The service's V2 equals V3.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import MarginRule, Options
    >>> Options().margin_rule is MarginRule.V3
    True
    """

    V1 = "V1"
    V3 = "V3"


class StlRule(StrEnum):
    """Variant of the seasonal-trend decomposition.

    `SERVICE` follows R's `stl`, which the service called: the seasonal component is averaged per phase at the
    end, and the robustness scale comes from R's partial sort. `PUBLISHED` follows the published package: no
    averaging, and a true median.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Options, StlRule
    >>> Options().stl_rule is StlRule.SERVICE
    True
    """

    SERVICE = "service"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values on a regular grid, some of whose slots may be empty.

    The constructor neither converts nor checks its arrays. `without_gaps` converts; `grid_slots` computes
    slots from timestamps.

    Attributes
    ----------
    values : (n,) float64
        Finite values in time order, in the caller's unit. With NaN or infinity, or with another type, results
        are undefined and the compiled kernels may not return.
    slots : (n,) int64
        Grid index of each value, in grid steps, strictly ascending; the first is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.univariate import Series
    >>> series = Series(np.array([5.0, 6.0, 8.0]), np.array([0, 1, 3]))
    >>> series.grid_length, series.missing_ratio
    (4, 0.25)
    """

    values: FloatArray
    slots: IntArray

    @classmethod
    def without_gaps(cls, values: Sequence[float] | FloatArray) -> Series:
        """Return a series whose points are neighbours on the grid.

        Parameters
        ----------
        values : (n,) array_like of float
            Finite values in time order, in the caller's unit.

        Returns
        -------
        Series
            Slots are 0, 1, ..., n - 1.

        Raises
        ------
        ValueError
            If a value cannot be converted to a float, or is NaN or infinite.

        Examples
        --------
        >>> from anomaly_container.detection.univariate import Series
        >>> Series.without_gaps([5, 6, 8]).slots
        array([0, 1, 2])
        """
        array = np.ascontiguousarray(values, dtype=np.float64)
        if not np.isfinite(array).all():
            reason = "the values must be finite"
            raise ValueError(reason)
        return cls(array, np.arange(array.size, dtype=np.int64))

    @property
    def grid_length(self) -> int:
        """Number of grid slots from the first to the last point, both included."""
        return int(self.slots[-1]) + 1

    @property
    def missing_ratio(self) -> float:
        """Share of grid slots without a value, 0 to 1."""
        return (self.grid_length - self.values.size) / self.grid_length


@dataclass(frozen=True, slots=True)
class Options:
    """Options of `entire` and `last`; their ranges are not checked.

    Attributes
    ----------
    granularity : Granularity
        Unit of the grid step. It also decides which seasons are tried first, whether a series without a
        season is dense (seconds and minutes, below an hour per step), and the suggested window.
    interval : int
        Units of `granularity` per grid step, at least 1.
    period : int or None
        Grid points per season; 0 or 1 for no season, None to detect it.
    max_anomaly_ratio : float
        Share of points that may be flagged, 0 < ratio <= 0.49. It holds for high and low values separately,
        except for the spectral residual, which has one budget for both.
    sensitivity : int
        0 to 100; a higher sensitivity makes the band narrower. The band removes flags, it never adds one.
    impute_mode : ImputeMode
        Method that fills empty slots.
    impute_value : float
        Value for `ImputeMode.FIXED`, in the unit of the series; ignored in the other modes.
    margin_rule : MarginRule
        Rule for margins, final flags and severity.
    stl_rule : StlRule
        Variant of the decomposition.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity, Options
    >>> options = Options(Granularity.MINUTELY, interval=5, sensitivity=90)
    >>> options.period is None, options.max_anomaly_ratio
    (True, 0.25)
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
    """Options of `change_points`; their ranges are not checked.

    Attributes
    ----------
    granularity : Granularity
        Unit of the grid step. It decides which seasons are tried first and the two defaults below.
    interval : int
        Units of `granularity` per grid step, at least 1.
    period : int or None
        Points per season; 0 or 1 for no season, None to detect it.
    stable_trend_window : int or None
        Points that a new trend must last, 3 <= window < n / 2. None for the default: yearly and weekly 3,
        daily 5, monthly 6, hourly 24, minutely and secondly 72, others 100.
    threshold : float or None
        0.01 to 0.99. A trend breaks at a point more than 1 - threshold of its range from the line, so a lower
        threshold accepts fewer change points. None for the default: hourly 0.91, others 0.9.
    stl_rule : StlRule
        Variant of the decomposition that removes the season.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import ChangePointOptions, Granularity
    >>> options = ChangePointOptions(Granularity.DAILY, threshold=0.95)
    >>> options.stable_trend_window is None
    True
    """

    granularity: Granularity
    interval: int = 1
    period: int | None = None
    stable_trend_window: int | None = None
    threshold: float | None = None
    stl_rule: StlRule = StlRule.SERVICE
