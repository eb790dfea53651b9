"""The verdict on every point of a series."""

from __future__ import annotations

from anomaly_container.detection.univariate.pipeline import judge
from anomaly_container.detection.univariate.types import EntireResult, Options, Series


def entire(series: Series, options: Options) -> EntireResult:
    """Detect anomalies among all points of a series.

    Parameters
    ----------
    series : Series
        n >= 12 points; more than two periods on the grid, and half of it filled, where a period is given.
    options : Options
    """
    verdict = judge(series, options, options.max_anomaly_ratio, last_only=False)
    drawn = verdict.band
    return EntireResult(
        period=verdict.period,
        expected_values=verdict.findings.expected,
        upper_margins=drawn.upper,
        lower_margins=drawn.lower,
        is_anomaly=drawn.is_negative | drawn.is_positive,
        is_negative_anomaly=drawn.is_negative,
        is_positive_anomaly=drawn.is_positive,
        severity=drawn.severity,
        model_id=verdict.findings.model_id,
    )
