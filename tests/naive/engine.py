"""The whole flow for a request, from values on slots to verdicts (algorithm.md section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.naive import spectral
from tests.naive.delta import Detection, delta_merge
from tests.naive.dynamic import dynamic_threshold
from tests.naive.esd import median_absolute_deviation
from tests.naive.impute import MAX_GRID, impute
from tests.naive.margins import Row, margins_v1, margins_v3
from tests.naive.period import detect_period
from tests.naive.seasonal import seasonal
from tests.naive.trend import spline_trend

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8
WINDOW_WITHOUT_PERIOD = {
    "daily": 29,
    "hourly": 169,
    "weekly": 13,
    "monthly": 13,
    "yearly": 13,
    "microsecond": 1001,
    "minutely": 1441,
    "secondly": 1441,
    "none": 1441,
}


class TooManyMissingError(ValueError):
    """A seasonal series lacks more than half of its points (4.4)."""


def histogram_share(values: Sequence[float]) -> float:
    """Return the share of points in the fullest of 20 bins, -1 where there is no histogram (4.1)."""
    try:
        counts, _ = np.histogram(np.array(values), bins=20)
    except ValueError:
        return -1.0
    return float(max(counts) / len(values))


def effective_ratio(values: Sequence[float], ratio: float, last_mode: bool) -> float:
    """Return the anomaly ratio, lowered in last mode where most points look alike (4.2)."""
    share = histogram_share(values)
    if last_mode and share > 0.6:
        return max((1.0 - share) * ratio, min(0.05, ratio))
    return ratio


def fill_for_period(
    values: Sequence[float], slots: Sequence[int], mode: str, fixed_value: float
) -> list[float]:
    """Return the series the period is looked for in (section 3)."""
    return impute(values, slots, "previous" if mode == "auto" else mode, fixed_value, 0)


def fill_for_detection(
    values: Sequence[float], slots: Sequence[int], mode: str, fixed_value: float, period: int
) -> tuple[list[float], list[int]]:
    """Return the series to be judged and where the caller's points are in it (section 3)."""
    length = slots[-1] + 1
    planned = len(values) < length <= MAX_GRID and mode != "notFill"
    if not planned or (period <= 1 and mode == "auto"):
        return list(values), list(range(len(values)))
    return impute(values, slots, mode, fixed_value, period), list(slots)


def uses_spectral(x: Sequence[float], granularity: str, interval: int) -> bool:
    """Tell whether a non-seasonal series goes to the spectral detector (4.5)."""
    if median_absolute_deviation(x) < EPS:
        return False
    return (granularity == "minutely" and interval < 60) or (granularity == "secondly" and interval < 3600)


def run_spectral(x: Sequence[float], ratio: float, last_mode: bool) -> Detection:
    """Run the spectral-residual detector (8)."""
    found = spectral.last(x, ratio) if last_mode else spectral.entire(x, ratio)
    trend = spline_trend(found.expected, None)
    return Detection(found.flagged, found.stored, found.expected, trend, found.model_id)


def run_dynamic(x: Sequence[float], period: int, ratio: float, last_mode: bool) -> Detection:
    """Run the dynamic-threshold detector (7)."""
    found = dynamic_threshold(x, period, ratio, last_mode)
    return Detection(found.flagged, [0.0] * len(x), found.expected, found.expected, found.model_id)


def detect(
    x: Sequence[float],
    period: int,
    granularity: str,
    interval: int,
    ratio: float,
    last_mode: bool,
    stl_rule: str,
) -> Detection:
    """Choose the detector and run it, with its second look where it has one (4.5)."""
    if period > 1:
        found = seasonal(x, period, ratio, last_mode, stl_rule)
        return Detection(found.flagged, [0.0] * len(x), found.expected, found.trend, found.model_id)

    def run(series: Sequence[float], r: float) -> Detection:
        if uses_spectral(x, granularity, interval):
            return run_spectral(series, r, last_mode)
        return run_dynamic(series, period, r, last_mode)

    return delta_merge(run, x, run(x, ratio), ratio)


def verdicts(
    values: Sequence[float],
    slots: Sequence[int],
    granularity: str,
    interval: int,
    period: int | None,
    ratio: float,
    sensitivity: int,
    mode: str,
    fixed_value: float,
    margin_rule: str,
    stl_rule: str,
    last_mode: bool,
) -> tuple[int, list[Row], int]:
    """Return the period, one row per point of the caller and the model id (section 4)."""
    values = [float(value) for value in values]
    n = len(values)
    length = slots[-1] + 1
    missing = (length - n) / length
    r = effective_ratio(values, ratio, last_mode)
    if period is None:
        period = (
            0
            if missing > 0.5
            else detect_period(fill_for_period(values, slots, mode, fixed_value), granularity, interval)
        )
    if period > 1 and missing > 0.5:
        raise TooManyMissingError
    x, own = fill_for_detection(values, slots, mode, fixed_value, period)
    found = detect(x, period, granularity, interval, r, last_mode, stl_rule)

    rows = []
    for i in own:
        value, expected = x[i], found.expected[i]
        flagged = i in found.flagged and not abs(value - expected) < EPS
        rows.append(
            Row(
                value,
                expected,
                found.trend[i],
                flagged,
                negative=flagged and expected > value,
                positive=flagged and not expected > value,
                score=found.scores[i],
            )
        )
    if margin_rule == "V1":
        margins_v1(rows, sensitivity, found.model_id)
    else:
        margins_v3(rows, sensitivity, last_mode)
    return period, rows, found.model_id


def entire(
    values: Sequence[float],
    slots: Sequence[int],
    granularity: str = "none",
    interval: int = 1,
    period: int | None = None,
    ratio: float = 0.25,
    sensitivity: int = 99,
    mode: str = "auto",
    fixed_value: float = 0.0,
    margin_rule: str = "V3",
    stl_rule: str = "service",
) -> dict[str, Any]:
    """Judge every point of a series; keys are the service's (section 4)."""
    used_period, rows, model_id = verdicts(
        values,
        slots,
        granularity,
        interval,
        period,
        ratio,
        sensitivity,
        mode,
        fixed_value,
        margin_rule,
        stl_rule,
        last_mode=False,
    )
    return {
        "period": used_period,
        "expectedValues": [row.expected for row in rows],
        "upperMargins": [row.upper for row in rows],
        "lowerMargins": [row.lower for row in rows],
        "isAnomaly": [row.flagged for row in rows],
        "isNegativeAnomaly": [row.negative for row in rows],
        "isPositiveAnomaly": [row.positive for row in rows],
        "severity": [row.severity for row in rows],
        "modelId": model_id,
    }


def last(
    values: Sequence[float],
    slots: Sequence[int],
    granularity: str = "none",
    interval: int = 1,
    period: int | None = None,
    ratio: float = 0.25,
    sensitivity: int = 99,
    mode: str = "auto",
    fixed_value: float = 0.0,
    margin_rule: str = "V3",
    stl_rule: str = "service",
) -> dict[str, Any]:
    """Judge the last point of a series; keys are the service's (section 4)."""
    used_period, rows, model_id = verdicts(
        values,
        slots,
        granularity,
        interval,
        period,
        ratio,
        sensitivity,
        mode,
        fixed_value,
        margin_rule,
        stl_rule,
        last_mode=True,
    )
    row = rows[-1]
    return {
        "period": used_period,
        "suggestedWindow": 4 * used_period + 1 if used_period != 0 else WINDOW_WITHOUT_PERIOD[granularity],
        "expectedValue": row.expected,
        "upperMargin": row.upper,
        "lowerMargin": row.lower,
        "isAnomaly": row.flagged,
        "isNegativeAnomaly": row.negative,
        "isPositiveAnomaly": row.positive,
        "severity": row.severity,
        "modelId": model_id,
    }
