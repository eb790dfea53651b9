"""The results of detection: what each point is expected to be, and which are anomalies or change points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class EntireResult:
    """Expected value, band, flags and severity of every point of a series; filled slots are not included.

    In the formulas y is a value, e its expected value, s the sensitivity, and a point is a candidate if the
    detector found it and |y - e| is at least 1e-8.

    Attributes
    ----------
    period : int
        Grid points per season: the given period, or the one detected. 0 or 1 for no season.
    expected_values : (n,) float64
        In the unit of the values. With a season: trend + seasonal component, the trend interpolated linearly
        over anomalies. Without one: the trend, or for the spectral residual the mean of the last five points,
        conspicuous ones replaced.
    upper_margins, lower_margins : (n,) float64
        In the unit of the values; the band is [e - lower, e + upper].

        V3: the unit of point i is u = max(0.3, |t_i| / 2 + m / 2), where t is the trend and m the mean of
        |t| over the points that are not flagged (u = 0.3 if all of those |t| are below 1e-8). delta = u F(s),
        where F falls from 532 at s = 0 to 0 at s = 100 (`margin_factors.FACTORS`). A candidate has delta on
        both sides; at s = 99 it has |y - e| / 2 if 1e-4 delta < |y - e| < delta. Other points have
        d = |y - e| + delta / 2 on the side of the value and d / 3 on the other, so they lie inside the band.

        V1: |e| (100 - s) / 100 on both sides; for the spectral residual (model 20) 1 % of the range of the
        points with score 0, and |y - e| (1 - s / 100) / score at the others. The band is then clipped to the
        range of the values and expected values. A point outside it that is not a candidate gets 1.01 |y - e|;
        at s = 100 a candidate gets 0.
    is_anomaly : (n,) bool
        Candidates outside the band, negative or positive. Under V1, s = 100 keeps every candidate.
    is_negative_anomaly, is_positive_anomaly : (n,) bool
        Anomalies below and above their expected value.
    severity : (n,) float64
        0 to 1 without unit, 0 at points that are not anomalies.

        V3: 1 - s* / 100, where s* is the sensitivity at which the margin would reach the point:
        u F(s*) = |y - e|, with F interpolated linearly between whole numbers; 1 if |y - e| exceeds u F(1).

        V1: min(|y - e| / |e|, 1), with 0.3 in place of |e| if |e| <= 1e-8.
    model_id : int
        The service's number of the detector: 10 seasonal, 20 spectral residual, 40 dynamic threshold. 11 and
        41 are 10 and 40 if a majority of the tested values are equal.

    Examples
    --------
    The trend is 67 / 7, the mean of a week; so is the unit u. F(95) = 0.008, F(54) = 1.4 and F(55) = 1.

    >>> from anomaly_container.detection.univariate import Granularity, Options, Series, entire
    >>> values = [10.0, 12.0, 13.0, 12.0, 11.0, 5.0, 4.0] * 4
    >>> values[16] = 25.0
    >>> result = entire(Series.without_gaps(values), Options(Granularity.DAILY, sensitivity=95))
    >>> float(result.upper_margins[16].round(4)), round(67 / 7 * 0.008, 4)
    (0.0766, 0.0766)
    >>> distance = (25.0 - 13.0) / (67 / 7)
    >>> float(result.severity[16].round(3)), round(1 - (54 + (1.4 - distance) / 0.4) / 100, 3)
    (0.456, 0.456)
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
    """Expected value, band, flags and severity of the last point of a series.

    The formulas are those of `EntireResult`, which explains them.

    Attributes
    ----------
    period : int
        Grid points per season, 0 or 1 for no season.
    suggested_window : int
        Points to send with the next call: 4 period + 1. With period 0 the granularity decides: daily 29,
        hourly 169, weekly, monthly and yearly 13, microsecond 1001, others 1441.
    expected_value : float
        In the unit of the values. For the spectral residual (models 20 and 21) it is the mean of the later
        half of the inconspicuous points; 0 without such points.
    upper_margin, lower_margin : float
        In the unit of the values; the band is [e - lower, e + upper].
    is_anomaly : bool
        Whether the point is a negative or a positive anomaly.
    is_negative_anomaly, is_positive_anomaly : bool
        Whether it is an anomaly below or above its expected value.
    severity : float
        0 to 1 without unit. V3: 1 - s* / 100, where s* is the sensitivity at which the margin would reach
        the point; V1: min(|y - e| / |e|, 1). Under V3, a point that the detector found but the band contains
        keeps its severity: then it is above 0 though `is_anomaly` is False.
    model_id : int
        The service's number of the detector, as in `EntireResult`; 21 is the spectral residual if the last
        value is within 1.5 standard deviations of the mean.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity, Options, Series, last
    >>> values = [10.0, 12.0, 13.0, 12.0, 11.0, 5.0, 4.0] * 4 + [10.0, 12.0, 25.0]
    >>> result = last(Series.without_gaps(values), Options(Granularity.DAILY))
    >>> result.period, result.suggested_window, result.is_positive_anomaly
    (7, 29, True)
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
    """Change points of a series and the scores of all its points.

    Attributes
    ----------
    period : int
        Points per season: the given period, or the one detected. 0 or 1 for no season.
    is_change_point : (n,) bool
        First points of new trends.
    confidence_scores : (n,) float64
        Distance from a line in units of the range of the trend y: |y_i - L| / max(max(y) - min(y), 1e-8). L
        is the least-squares line through the current segment up to and including i, at i; a point at which
        the line breaks counts to the segment that it ends. At a change point, L is the line through the
        segment before it, candidates that were dropped left out, one step past its end. 0 at the first two
        points, and everywhere if the trend is constant.
    model_id : int
        The service's number of the detector, 60.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import ChangePointOptions, Granularity
    >>> from anomaly_container.detection.univariate import Series, change_points
    >>> values = [10.0] * 20 + [30.0] * 20
    >>> result = change_points(Series.without_gaps(values), ChangePointOptions(Granularity.DAILY))
    >>> result.confidence_scores[18:22]
    array([0., 0., 1., 0.])
    """

    period: int
    is_change_point: BoolArray
    confidence_scores: FloatArray
    model_id: int
