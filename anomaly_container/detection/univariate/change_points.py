"""Detection of the points at which the trend of a series changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate import _kernels
from anomaly_container.detection.univariate.constants import (
    CHANGE_POINT_NOISE,
    CHANGE_POINT_RANGE_FLOOR,
    CHANGE_POINT_THRESHOLD,
    CHANGE_POINT_THRESHOLD_HOURLY,
    MODEL_CHANGE_POINT,
    STABLE_TREND_WINDOW,
)
from anomaly_container.detection.univariate.decomposition.stl import robust_stl
from anomaly_container.detection.univariate.period.search import detect_period
from anomaly_container.detection.univariate.results import ChangePointResult
from anomaly_container.detection.univariate.types import ChangePointOptions, Granularity, Series

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

_FIRST_LOOK = 64


def change_points(series: Series, options: ChangePointOptions) -> ChangePointResult:
    """Detect the points at which a new, lasting trend begins.

    With a season, the trend y is that of a periodic robust STL [1]_; without one it is the series itself. A
    least-squares line is fitted to the current segment up to each point i, including it. If the point leaves
    the line by more than 1 - threshold of the range of y, the trend breaks: i begins a new segment and
    becomes a candidate. A candidate that lives for a window of points is a change point; one whose own trend
    breaks sooner, or that the end of the series cuts short, is dropped. The rule follows the behaviour of
    the service as recorded. `ChangePointResult` has the formula of the scores. Gaps are not filled: points
    count as neighbours.

    Parameters
    ----------
    series : Series
        n >= 12 points, more than two periods; its slots are ignored.
    options : ChangePointOptions
        Options in the ranges that it documents.

    Returns
    -------
    ChangePointResult
        One element per point of the series.

    Raises
    ------
    ValueError
        If the series is empty, or if the period is above 1 and the values cover fewer than two periods. Only
        the compiled kernel of `StlRule.SERVICE` checks the latter.

    References
    ----------
    .. [1] Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based on
       Loess", Journal of Official Statistics 6 (1990).

    Examples
    --------
    >>> from anomaly_container.detection.univariate import ChangePointOptions, Granularity
    >>> from anomaly_container.detection.univariate import Series, change_points
    >>> values = [10.0] * 20 + [30.0] * 20
    >>> result = change_points(Series.without_gaps(values), ChangePointOptions(Granularity.DAILY))
    >>> result.is_change_point.nonzero()[0], float(result.confidence_scores[20])
    (array([20]), 1.0)
    """
    values = series.values
    period = options.period
    if period is None:
        period = detect_period(values, options.granularity, options.interval)
    level = robust_stl(values, period, options.stl_rule).trend if period > 1 else values
    threshold = options.threshold
    if threshold is None:
        hourly = options.granularity is Granularity.HOURLY
        threshold = CHANGE_POINT_THRESHOLD_HOURLY if hourly else CHANGE_POINT_THRESHOLD
    window = options.stable_trend_window or STABLE_TREND_WINDOW[options.granularity]
    flags, scores = walk_trend(level, window, threshold)
    return ChangePointResult(period, flags, scores, MODEL_CHANGE_POINT)


def walk_trend(level: FloatArray, window: int, threshold: float) -> tuple[BoolArray, FloatArray]:
    """Walk along a trend; a break of its line starts a candidate, which must live for a window of points.

    Parameters
    ----------
    level : (n,) float64
        The trend of the series.
    window : int
        Points a candidate must live.
    threshold : float
        A line breaks at a point that leaves it by more than 1 - threshold of the trend's range.

    Returns
    -------
    is_change_point : (n,) bool
    confidence : (n,) float64
        |y_i - line through the segment up to i| / range. At a change point, the error of the line through
        the last trend that was not dropped, one step past its end.
    """
    size = level.size
    flags = np.zeros(size, dtype=np.bool_)
    scores = np.zeros(size)
    spread = float(np.ptp(level))
    # A constant trend has a range of rounding noise only.
    if spread <= CHANGE_POINT_NOISE * float(np.abs(level).max()):
        return flags, scores
    spread = max(spread, CHANGE_POINT_RANGE_FLOOR)
    if _kernels.compiled is not None:
        level = np.ascontiguousarray(level)
        _kernels.compiled.walk_trend(level, spread, 1.0 - threshold, window, flags, scores)
        return flags, scores
    start, candidate, forecast = 0, -1, 0.0
    while start < size:
        stop = _score_segment(level, start, spread, 1.0 - threshold, scores)
        if candidate >= 0 and min(stop, size - 1) - candidate >= window:
            flags[candidate] = True
            scores[candidate] = abs(level[candidate] - forecast) / spread
            candidate = -1
        if candidate < 0 and stop < size:
            forecast = _next_on_line(level[start:stop])
        start = candidate = stop
    return flags, scores


def _score_segment(level: FloatArray, start: int, spread: float, limit: float, scores: FloatArray) -> int:
    """Score the points of the segment from `start` in place; return where its line breaks, or n."""
    length = _FIRST_LOOK
    while True:
        segment = level[start : start + length]
        found = np.abs(_last_residuals(segment)) / spread
        broken = np.flatnonzero(found > limit)
        end = int(broken[0]) + 1 if broken.size else segment.size
        if broken.size or start + length >= level.size:
            # The first point keeps the score that broke the previous segment.
            scores[start + 1 : start + end] = found[1:end]
            return start + end - 1 if broken.size else level.size
        length *= 4


def _last_residuals(segment: FloatArray) -> FloatArray:
    """Return the residual of each point from the least-squares line through the segment up to it."""
    mean, slope, count = _lines(segment)
    residuals: FloatArray = segment - segment[0] - (mean + slope * (count - 1.0) / 2.0)
    residuals[:2] = 0.0
    return residuals


def _next_on_line(segment: FloatArray) -> float:
    """Return the least-squares line through a segment of at least two points, one step past its end."""
    mean, slope, count = _lines(segment)
    return float(segment[0] + mean[-1] + slope[-1] * (count[-1] + 1.0) / 2.0)


def _lines(segment: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean (above the first point), slope and number of points of each prefix of a segment."""
    height = segment - segment[0]
    count = np.arange(1.0, segment.size + 1.0)
    total = np.cumsum(height)
    moment = np.cumsum(height * (count - 1.0)) - total * (count - 1.0) / 2.0
    slope = np.divide(
        12.0 * moment, count * (count * count - 1.0), where=count > 1.0, out=np.zeros_like(count)
    )
    return total / count, slope, count
