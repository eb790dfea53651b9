"""The verdict on the last point of a series."""

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
from anomaly_container.detection.univariate.types import LastResult, Options, Series

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def last(series: Series, options: Options) -> LastResult:
    """Tell whether the last point of a series is an anomaly.

    Parameters
    ----------
    series : Series
        As for `entire`.
    options : Options
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
    """Lower the share of anomalies where most values are alike."""
    try:
        count, _ = np.histogram(values, bins=HISTOGRAM_BINS)
    except ValueError:
        # The values are too close together for bins between them; the service then sees no majority.
        return ratio
    majority = float(count.max()) / values.size
    if majority <= MAJORITY_RATIO:
        return ratio
    return max((1.0 - majority) * ratio, min(MAJORITY_MIN_RATIO, ratio))
