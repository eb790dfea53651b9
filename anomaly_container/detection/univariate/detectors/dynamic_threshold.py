"""The detector for sparse series without a season: outliers of the distribution of the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.detection.univariate.constants import (
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
)
from anomaly_container.detection.univariate.detectors.findings import Findings
from anomaly_container.detection.univariate.outliers.voting import vote
from anomaly_container.detection.univariate.trend.interpolation import bridge
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


def detect_dynamic(
    values: FloatArray, ratio: float, last_only: bool, trend: FloatArray | None = None
) -> Findings:
    """Find outliers of the distribution of a series.

    Parameters
    ----------
    values : (n,) float64
        On the filled grid.
    ratio : float
        Largest share of anomalous points in one tail.
    last_only : bool
        Whether only the last point is tested.
    trend : (n,) float64, optional
        Expected values if nothing is found; by default the trend of the series.
    """
    anomalies, has_majority = vote(values, [], ratio, last_only)
    if anomalies.any():
        trend = spline_trend(bridge(values, anomalies), None)
    elif trend is None:
        trend = spline_trend(values, 0)
    return Findings(
        flags=anomalies,
        expected=trend,
        trend=trend,
        model_id=MODEL_DYNAMIC_THRESHOLD_MAJORITY if has_majority else MODEL_DYNAMIC_THRESHOLD,
    )
