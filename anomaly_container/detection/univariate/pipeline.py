"""The steps shared by `entire` and `last`, from a series to the band around each of its points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from anomaly_container.detection.numeric.robust_scale import mad
from anomaly_container.detection.univariate.constants import EPSILON, MAX_MISSING_RATIO
from anomaly_container.detection.univariate.detectors.differences import merge_differences
from anomaly_container.detection.univariate.detectors.dynamic_threshold import detect_dynamic
from anomaly_container.detection.univariate.detectors.seasonal import detect_seasonal
from anomaly_container.detection.univariate.detectors.spectral_residual import detect_spectral
from anomaly_container.detection.univariate.grid.granularity import is_dense
from anomaly_container.detection.univariate.grid.imputation import for_detection, for_period_detection
from anomaly_container.detection.univariate.margins import Band, band
from anomaly_container.detection.univariate.period.search import detect_period
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend
from anomaly_container.detection.univariate.types import MarginRule, Options, Series

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.detection.univariate.detectors.findings import Findings


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Period, findings of the detector and band, at the caller's points."""

    period: int
    findings: Findings
    band: Band


def judge(series: Series, options: Options, ratio: float, last_only: bool) -> Verdict:
    """Detect anomalies and compute the band.

    Parameters
    ----------
    series : Series
    options : Options
    ratio : float
        Largest share of anomalous points; `last` may have lowered it.
    last_only : bool
        Whether only the last point is tested.
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
    """Return the caller's period or the detected one; 0 if too many points are missing to detect it."""
    if options.period is not None:
        return options.period
    if series.missing_ratio > MAX_MISSING_RATIO:
        return 0
    values = for_period_detection(series, options.impute_mode, options.impute_value)
    return detect_period(values, options.granularity, options.interval)


def _detect_dense(values: FloatArray, options: Options, ratio: float, last_only: bool) -> Findings:
    """Detect by the spectral residual, then in the differences if the series is not stationary."""
    with_trend = options.margin_rule is MarginRule.V3
    found = detect_spectral(values, ratio, last_only, with_trend)
    again = partial(detect_spectral, last_only=last_only, with_trend=False)
    level = partial(spline_trend, period=None) if with_trend else None
    return merge_differences(values, found, ratio, again, level)


def _detect_sparse(values: FloatArray, ratio: float, last_only: bool) -> Findings:
    """Detect by the distribution of the values, then in the differences if the series is not stationary."""
    found = detect_dynamic(values, ratio, last_only)
    again = partial(detect_dynamic, last_only=last_only, trend=found.trend)
    return merge_differences(values, found, ratio, again)
