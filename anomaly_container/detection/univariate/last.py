"""Detection of an anomaly at the last point of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.constants import (
    HISTOGRAM_BINS,
    MAJORITY_MIN_RATIO,
    MAJORITY_RATIO,
)
from anomaly_container.detection.univariate.grid.granularity import suggested_window
from anomaly_container.detection.univariate.pipeline import judge
from anomaly_container.detection.univariate.results import LastResult

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.detection.univariate.types import Options, Series


def last(series: Series, options: Options) -> LastResult:
    """Detect whether the last point of a series is an anomaly.

    The method and the papers are those of `entire`, with four differences, so that the last point does not
    shape its own expectation. STL is also fitted with the next point predicted, and the fit closer to the
    last point is kept. The ESD test stops at the first significant rank at or after that of the last point.
    The spectral residual scores the last point against the points before the latest break, and not at all if
    it lies within 1.5 standard deviations of the mean. If one of 20 equal bins holds a share h > 0.6 of the
    points, the ratio r of anomalies is lowered to max((1 - h) r, min(0.05, r)).

    Parameters
    ----------
    series : Series
        n >= 12 points. With a period above 1, more than two periods of grid slots, at least half of them
        filled.
    options : Options
        Options in the ranges that it documents.

    Returns
    -------
    LastResult
        Numbers for the last point, in the unit of the series, and the window to send next.

    Raises
    ------
    ValueError
        If the period is above 1 and the values cover fewer than two periods. Only the compiled kernel of
        `StlRule.SERVICE` checks this.
    IndexError
        If the sensitivity is above 100 with `MarginRule.V3`.

    See Also
    --------
    entire : All points, and the papers.

    Examples
    --------
    >>> from anomaly_container.detection.univariate import Granularity, Options, Series, last
    >>> values = [10.0, 12.0, 13.0, 12.0, 11.0, 5.0, 4.0] * 4 + [10.0, 12.0, 25.0]
    >>> result = last(Series.without_gaps(values), Options(Granularity.DAILY))
    >>> result.is_anomaly, round(result.expected_value, 6)
    (True, 13.0)
    """
    ratio = _strict_ratio(series.values, options.max_anomaly_ratio)
    verdict = judge(series, options, ratio, last_only=True)
    drawn = verdict.band
    negative, positive = bool(drawn.is_negative[-1]), bool(drawn.is_positive[-1])
    return LastResult(
        period=verdict.period,
        suggested_window=suggested_window(options.granularity, verdict.period),
        expected_value=float(verdict.findings.expected[-1]),
        upper_margin=float(drawn.upper[-1]),
        lower_margin=float(drawn.lower[-1]),
        is_anomaly=negative or positive,
        is_negative_anomaly=negative,
        is_positive_anomaly=positive,
        severity=float(drawn.severity[-1]),
        model_id=verdict.findings.model_id,
    )


def _strict_ratio(values: FloatArray, ratio: float) -> float:
    """Lower the ratio of anomalies if most values lie in one bin."""
    low, high = values.min(), values.max()
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, HISTOGRAM_BINS + 1)
    if (edges[1:] <= edges[:-1]).any():
        # The values are too close together for 20 bins; the service then finds no majority.
        return ratio
    below = np.sort(values).searchsorted(edges)
    # The highest values belong to the last bin.
    below[-1] = values.size
    majority = float((below[1:] - below[:-1]).max()) / values.size
    if majority <= MAJORITY_RATIO:
        return ratio
    return max((1.0 - majority) * ratio, min(MAJORITY_MIN_RATIO, ratio))
