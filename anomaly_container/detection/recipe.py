"""What `entire` and `last` have in common: from a series to the verdict on each of its points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from anomaly_container.detection.constants import (
    EPSILON,
    MAX_MISSING_RATIO,
)
from anomaly_container.detection.delta import merge_differences
from anomaly_container.detection.dynamic import detect_dynamic
from anomaly_container.detection.granularity import is_dense
from anomaly_container.detection.margins import Band, band
from anomaly_container.detection.period import detect_period
from anomaly_container.detection.scaling import mad
from anomaly_container.detection.seasonal import detect_seasonal
from anomaly_container.detection.series import for_detection, for_period_detection
from anomaly_container.detection.spectral import detect_spectral
from anomaly_container.detection.spline_trend import spline_trend
from anomaly_container.detection.types import FloatArray, MarginRule, Options, Series

if TYPE_CHECKING:
    from anomaly_container.detection.findings import Findings


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The season of a series, what the detector found and the band, for the caller's points."""

    period: int
    findings: Findings
    band: Band


def judge(series: Series, options: Options, ratio: float, last_only: bool) -> Verdict:
    """Detect anomalies and draw the band.

    Parameters
    ----------
    series : Series
    options : Options
    ratio : float
        Largest share of points, as the mode sees it.
    last_only : bool
        Whether the last point alone is judged.
    """
    period = _period(series, options)
    values = for_detection(series, options.impute_mode, options.impute_value, period)
    if period > 1:
        found = detect_seasonal(values, period, ratio, options.stl_rule, last_only)
    elif mad(values) >= EPSILON and is_dense(options.granularity, options.interval):
        found = _detect_dense(values, options, ratio, last_only)
    else:
        found = _detect_sparse(values, ratio, last_only)
    if values.size > series.values.size:
        found, values = found.at(series.slots), values[series.slots]
    drawn = band(values, found, options.margin_rule, options.sensitivity, last_only)
    return Verdict(period, found, drawn)


def _period(series: Series, options: Options) -> int:
    """Return the caller's period, or the one detected; none where too many points are missing."""
    if options.period is not None:
        return options.period
    if series.missing_ratio > MAX_MISSING_RATIO:
        return 0
    values = for_period_detection(series, options.impute_mode, options.impute_value)
    return detect_period(values, options.granularity, options.interval)


def _detect_dense(values: FloatArray, options: Options, ratio: float, last_only: bool) -> Findings:
    """Detect by the spectral residual, then in the differences of a series that keeps no level."""
    with_trend = options.margin_rule is MarginRule.V3
    found = detect_spectral(values, ratio, last_only, with_trend)
    again = partial(detect_spectral, last_only=last_only, with_trend=False)
    level = partial(spline_trend, period=None) if with_trend else None
    return merge_differences(values, found, ratio, again, level)


def _detect_sparse(values: FloatArray, ratio: float, last_only: bool) -> Findings:
    """Detect by the distribution of the values, then of their differences."""
    found = detect_dynamic(values, ratio, last_only)
    again = partial(detect_dynamic, last_only=last_only, trend=found.trend)
    return merge_differences(values, found, ratio, again)
