"""Margins, final flags and severity, by the rules V1 (REST v1.0 and its previews) and V3 (REST v1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import mean
from anomaly_container.detection.univariate.constants import (
    EPSILON,
    MODEL_SPECTRAL_RESIDUAL,
    V1_MIN_RELATIVE_BASE,
    V1_OUTSIDE_FACTOR,
    V1_SPECTRAL_MARGIN,
    V3_FAR_SIDE_SHARE,
    V3_MIN_UNIT,
    V3_SMALL_DISTANCE,
    V3_THIN_SENSITIVITY,
)
from anomaly_container.detection.univariate.margin_factors import FACTORS
from anomaly_container.detection.univariate.types import MarginRule

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.detection.univariate.detectors.findings import Findings


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Margins of the band around the expected values, flags outside it and severity; arrays of (n,)."""

    upper: FloatArray
    lower: FloatArray
    is_negative: BoolArray
    is_positive: BoolArray
    severity: FloatArray


def band(values: FloatArray, findings: Findings, rule: MarginRule, sensitivity: int, last_only: bool) -> Band:
    """Return the band by a margin rule.

    Parameters
    ----------
    values : (n,) float64
        The caller's points, as the detector saw them.
    findings : Findings
        The detector's verdict on the same points.
    rule : MarginRule
    sensitivity : int
        0 to 100.
    last_only : bool
        Whether only the last point is tested: rule V3 then gives points inside the band a severity too.
    """
    flags = findings.flags & (np.abs(values - findings.expected) >= EPSILON)
    if rule is MarginRule.V1:
        return _band_v1(values, findings, flags, sensitivity)
    return _band_v3(values, findings, flags, sensitivity, last_only)


def _band_v1(values: FloatArray, findings: Findings, flags: BoolArray, sensitivity: int) -> Band:
    """Apply rule V1: a percentage of the expected value, clipped to the range of the data."""
    expected = findings.expected
    margin = _raw_margins_v1(values, findings, sensitivity)
    upper_boundary = np.minimum(expected + margin, max(values.max(), expected.max()))
    raw_lower = expected - margin
    # The outer minimum is the service's: if all boundaries lie below the data, all points get the highest.
    lower_boundary = np.minimum(np.maximum(raw_lower, min(values.min(), expected.min())), raw_lower.max())
    upper, lower = upper_boundary - expected, expected - lower_boundary
    above, below = values > upper_boundary, values < lower_boundary
    if sensitivity == 100:
        upper, lower = np.where(flags, 0.0, upper), np.where(flags, 0.0, lower)
    else:
        flags = flags & (above | below)
    outside = ~flags & (above | below)
    distance = np.abs(values - expected)
    upper = np.where(outside, V1_OUTSIDE_FACTOR * distance, upper)
    lower = np.where(outside, V1_OUTSIDE_FACTOR * distance, lower)
    base = np.where(np.abs(expected) <= EPSILON, V1_MIN_RELATIVE_BASE, np.abs(expected))
    severity = np.where(flags, np.minimum(distance / base, 1.0), 0.0)
    negative = expected > values
    return Band(upper, lower, flags & negative, flags & ~negative, severity)


def _raw_margins_v1(values: FloatArray, findings: Findings, sensitivity: int) -> FloatArray:
    """Return the margins before they are clipped to the range of the data."""
    if findings.model_id != MODEL_SPECTRAL_RESIDUAL:
        return np.abs(findings.expected) * (100 - sensitivity) / 100
    normal = findings.scores <= EPSILON
    spread = float(np.ptp(values[normal])) if normal.any() else 0.0
    strength = np.where(normal, 1.0, findings.scores)
    by_score = np.abs(values - findings.expected) / strength * (1 - sensitivity / 100)
    return np.where(normal, V1_SPECTRAL_MARGIN * spread, by_score)


def _band_v3(
    values: FloatArray, findings: Findings, flags: BoolArray, sensitivity: int, last_only: bool
) -> Band:
    """Apply rule V3: a factor of the level of the series, wider at points that are not flagged."""
    expected = findings.expected
    unit = _unit_v3(findings.trend, flags)
    delta = unit * FACTORS[sensitivity]
    distance = np.abs(expected - values)
    near = distance + delta / 2
    far = near / V3_FAR_SIDE_SHARE
    above = values > expected
    upper, lower = np.where(above, near, far), np.where(above, far, near)
    at = flags.nonzero()[0]
    upper[at] = lower[at] = _flagged_margins(distance[at], delta[at], sensitivity)
    negative, positive = np.zeros_like(flags), np.zeros_like(flags)
    positive[at] = values[at] > expected[at] + upper[at]
    negative[at] = values[at] < expected[at] - lower[at]
    # The service keeps the severity of a last point that the band unflags.
    severe = at if last_only else at[positive[at] | negative[at]]
    severity = np.zeros_like(distance)
    severity[severe] = _severity_v3(distance[severe] / unit[severe])
    return Band(upper, lower, negative, positive, severity)


def _flagged_margins(distance: FloatArray, delta: FloatArray, sensitivity: int) -> FloatArray:
    """Return the margin of each flagged point: (k,)."""
    if sensitivity != V3_THIN_SENSITIVITY:
        return delta
    thin = (V3_SMALL_DISTANCE * delta < distance) & (distance < delta)
    return np.where(thin, distance / 2, delta)


def _unit_v3(trend: FloatArray, flags: BoolArray) -> FloatArray:
    """Return half the level of each point plus half the mean level of unflagged points, at least 0.3."""
    level = np.abs(trend)
    normal = level[~flags] if flags.any() else level
    if not normal.size or normal.max() < EPSILON:
        return np.full_like(level, V3_MIN_UNIT)
    unit: FloatArray = np.maximum(V3_MIN_UNIT, 0.5 * level + 0.5 * mean(normal))
    return unit


def _severity_v3(distance: FloatArray) -> FloatArray:
    """Return the position of a distance (in units) among the margin factors, 0 to 1.

    The formula is at `EntireResult.severity`.
    """
    ascending = FACTORS[::-1]
    place = np.searchsorted(ascending, distance, side="left")
    inner = np.clip(place, 1, 99)
    lower, upper = ascending[inner - 1], ascending[inner]
    score = inner - 1 + (distance - lower) / (upper - lower)
    return np.where(place == 0, 0.0, np.where(place >= 100, 100.0, score)) / 100
