"""Period detection: calendar seasons first, then the correlogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.numeric.moments import variance
from anomaly_container.detection.numeric.robust_scale import column_medians, minmax
from anomaly_container.detection.univariate.constants import (
    BUCKET_MAD_SCALE,
    CALENDAR_ACCEPTANCE,
    CALENDAR_ACCEPTANCE_LONG,
    CALENDAR_SEASONS,
    DESPIKE_DEVIATIONS,
    DETRENDED_ACCEPTANCE,
    DETRENDED_ACCEPTANCE_LONG,
    EPSILON,
    MIN_PERIOD,
    SEASONS_IN_TIME,
)
from anomaly_container.detection.univariate.decomposition.phases import by_cycle, phase_groups
from anomaly_container.detection.univariate.period.correlogram import correlogram_period
from anomaly_container.detection.univariate.period.cross_validation import season_error
from anomaly_container.detection.univariate.trend.interpolation import despike
from anomaly_container.detection.univariate.trend.running_median import truncated_median

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray
    from anomaly_container.detection.univariate.types import Granularity


def detect_period(values: FloatArray, granularity: Granularity, interval: int) -> int:
    """Return the points per season of a series, 0 for none.

    Parameters
    ----------
    values : (n,) float64
        Values at neighbouring grid slots.
    granularity, interval
        The grid step.
    """
    scaled = minmax(values)
    return calendar_period(scaled, granularity, interval) or correlogram_period(scaled)


def calendar_period(scaled: FloatArray, granularity: Granularity, interval: int) -> int:
    """Return the first calendar season that explains the series, or the standard one if it is a multiple.

    Parameters
    ----------
    scaled : (n,) float64
        Scaled to [0, 1].
    granularity, interval
        The grid step.
    """
    candidates, standard = _calendar(granularity, interval)
    for period in candidates:
        if period < MIN_PERIOD or scaled.size <= 2 * period:
            continue
        if _explains(scaled, period) or _explains_detrended(scaled, period):
            if standard and scaled.size > 2 * standard and standard % period == 0:
                return standard
            return period
    return 0


def _calendar(granularity: Granularity, interval: int) -> tuple[tuple[int, ...], int]:
    """Return the seasons to try, and the standard one (0 for none), in grid steps."""
    candidates, standard = CALENDAR_SEASONS.get(granularity, ((), 0))
    if granularity in SEASONS_IN_TIME:
        return tuple(season // interval for season in candidates), standard // interval
    return candidates, standard


def _explains(scaled: FloatArray, period: int) -> bool:
    """Return whether a season explains enough of the series after spikes are removed."""
    limit = _acceptance(period, CALENDAR_ACCEPTANCE, CALENDAR_ACCEPTANCE_LONG)
    return _explained_share(despike(scaled), period) > limit


def _explains_detrended(scaled: FloatArray, period: int) -> bool:
    """Return whether a season explains enough of the detrended series, extremes of each phase pulled in."""
    rest = despike(scaled - truncated_median(scaled, 2 * (period // 2) + 1))
    table = by_cycle(rest, period)
    for phases, count in phase_groups(rest.size, period):
        bucket = table[:count, phases]
        middle = _single_medians(bucket)
        distance = bucket - middle
        # Without the absolute value the "MAD" is rounding noise: the service pulls in all of one side.
        spread = BUCKET_MAD_SCALE * _single_medians(distance) + EPSILON
        bucket[:] = np.where(distance / spread >= DESPIKE_DEVIATIONS, middle, bucket)
    rest = table.reshape(-1)[: rest.size]
    limit = _acceptance(period, DETRENDED_ACCEPTANCE, DETRENDED_ACCEPTANCE_LONG)
    return _explained_share(rest, period) > limit


def _single_medians(table: FloatArray) -> FloatArray:
    """Return the median of each column as single precision has it."""
    return column_medians(table.astype(np.float32)).astype(np.float64)


def _acceptance(period: int, limits: tuple[tuple[int, float], ...], beyond: float) -> float:
    """Return the share of variance that a season of this length must explain to be accepted."""
    return next((share for longest, share in limits if period <= longest), beyond)


def _explained_share(values: FloatArray, period: int) -> float:
    """Return 1 - error / variance of a season, -inf if the series has no variance."""
    spread = variance(values)
    return 1.0 - season_error(values, period) / spread if spread > EPSILON else -np.inf
