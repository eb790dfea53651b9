"""The detector for seasonal series: decomposition, and outlier tests of what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.constants import (
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    TAIL_SHARE,
)
from anomaly_container.detection.univariate.decomposition.decompose import decompose
from anomaly_container.detection.univariate.detectors.findings import Findings
from anomaly_container.detection.univariate.outliers.voting import vote
from anomaly_container.detection.univariate.trend.interpolation import bridge

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.detection.univariate.types import StlRule


def detect_seasonal(
    values: FloatArray, period: int, ratio: float, rule: StlRule, last_only: bool
) -> Findings:
    """Find points that deviate from trend and season.

    Parameters
    ----------
    values : (n,) float64
        On the filled grid, n > 2 period.
    period : int
        Points per season, at least 2.
    ratio : float
        Largest share of anomalous points in one tail.
    rule : StlRule
    last_only : bool
        Whether only the last point is tested.
    """
    fit = decompose(values, period, rule, last_only)
    deseasonalised = values - fit.seasonal
    anomalies, has_majority = vote(
        deseasonalised, [deseasonalised - fit.trend], max(ratio, 1.0 / values.size), last_only
    )
    trend = bridge(fit.trend, _to_redraw(anomalies, period // 2)) if anomalies.any() else fit.trend
    return Findings(
        flags=anomalies,
        expected=trend + fit.seasonal,
        trend=trend,
        model_id=MODEL_SEASONAL_MAJORITY if has_majority else MODEL_SEASONAL,
    )


def _to_redraw(anomalies: BoolArray, tail: int) -> BoolArray:
    """Mark points whose trend is interpolated: anomalies, and the whole tail if half of it are anomalies."""
    if tail and np.count_nonzero(anomalies[-tail:]) >= TAIL_SHARE * tail:
        anomalies = anomalies.copy()
        anomalies[-tail:] = True
    return anomalies
