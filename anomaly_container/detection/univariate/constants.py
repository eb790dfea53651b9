"""Thresholds of the engine with their sources.

"Service" is the behaviour of the live Azure Anomaly Detector, as its recorded answers show it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from anomaly_container.detection.univariate.types import Granularity

# --- tolerances ---
EPSILON: Final = 1e-8
"""Service: distances, variances and scales at or below this count as zero."""

# --- grid and imputation ---
MAX_FILLED_GRID: Final = 17280
"""Service: longer grids are not filled and their points count as neighbours (twice the longest series)."""
MAX_MISSING_RATIO: Final = 0.5
"""Service: with a larger share of missing points, no period is detected."""
CUBIC_GAP_LENGTH: Final = 6
"""Service: longer gaps are filled from other seasons, not by a cubic spline."""
CUBIC_GAP_SEASON_SHARE: Final = 4
"""Service: the same holds for gaps longer than a quarter of a season."""
SEASON_WEIGHTS: Final = (0.6, 0.3, 0.1)
"""Service: weights of the same phase one, two and three seasons away, on each side."""

# --- periodic robust STL: R's stl(s.window = "periodic", robust = TRUE) ---
STL_ROBUSTNESS_PASSES: Final = 15
STL_SEASONAL_SPAN_FACTOR: Final = 10
STL_TREND_SPAN_FACTOR: Final = 1.5
STL_JUMP_FRACTION: Final = 10

# --- seasonal detector ---
DECOMPOSITION_OUTLIER_DEVIATIONS: Final = 3.0
"""Service: detrended points this many standard deviations out are cleaned before a second fit."""
LOG_TRIED_ABOVE: Final = 0.10
"""Service: mean relative remainder of the linear decomposition above which logarithms are tried."""
LOG_KEPT_BELOW: Final = 0.05
"""Service: mean relative remainder of the logarithmic decomposition below which it is preferred."""
TAIL_SHARE: Final = 0.5
"""Service: share of anomalies in the last half season from which the trend there is interpolated."""

# --- generalized ESD and z-score; Rosner, Technometrics 25 (1983) ---
ESD_SIGNIFICANCE: Final = float(np.float32(0.05))
Z_SCORE_DEVIATIONS: Final = 3.0
ESD_RELATIVE_BLUR: Final = 1e-4
ESD_ABSOLUTE_BLUR: Final = 1e-5
"""Ours: an upper bound of what single precision moves the mean test of values in [0, 1]."""

# --- majority of equal values ---
HISTOGRAM_BINS: Final = 20
MAJORITY_RATIO: Final = 0.6
"""Service: if a bin holds a larger share of the points, `last` lowers the ratio of anomalies."""
MAJORITY_MIN_RATIO: Final = 0.05

# --- period detection ---
MIN_PERIOD: Final = 4
DESPIKE_DEVIATIONS: Final = 3.0
CALENDAR_ACCEPTANCE: Final = ((24, 0.35), (168, 0.15))
"""Service: share of variance that a period up to the first number must explain; longer ones 0.1."""
CALENDAR_ACCEPTANCE_LONG: Final = 0.1
DETRENDED_ACCEPTANCE: Final = ((24, 0.35), (168, 0.65))
"""Service: the same after detrending; longer ones 0.7."""
DETRENDED_ACCEPTANCE_LONG: Final = 0.7
CALENDAR_SEASONS: Final = {
    Granularity.DAILY: ((7,), 7),
    Granularity.WEEKLY: ((12, 4), 12),
    Granularity.MONTHLY: ((12,), 12),
    Granularity.HOURLY: ((168, 24), 168),
    Granularity.MINUTELY: ((10080, 1440, 2880), 10080),
    Granularity.SECONDLY: ((604800, 86400, 172800), 604800),
    Granularity.MICROSECOND: ((1000,), 0),
}
"""Service: points per season to try, in this order, and the standard season (0 for none)."""
SEASONS_IN_TIME: Final = (Granularity.HOURLY, Granularity.MINUTELY, Granularity.SECONDLY)
"""Service: only the seasons of these granularities are divided by the interval."""
BUCKET_MAD_SCALE: Final = 1.4826
BARTLETT_QUANTILE: Final = 1.6448536269514722
"""Phi^-1(0.95): the upper bound of the correlogram under Bartlett's formula."""
MIN_CORRELATION: Final = 0.1
MAX_LAG: Final = 5760
CORRELOGRAM_ACCEPTANCE: Final = 0.20
MIN_SPECTRUM_POINTS: Final = 12

# --- spline trend ---
MAX_TREND_WINDOW: Final = 512
MIN_TREND_POINTS: Final = 6
MIN_CYCLES: Final = 3
PERIODOGRAM_SHARE: Final = 0.9
"""Service: frequencies with at least this share of the largest power determine the guessed period."""

# --- spectral residual; Ren et al., "Time-Series Anomaly Detection Service at Microsoft", KDD 2019 ---
SCORE_WINDOW: Final = 100
EXTENSION_POINTS: Final = 5
LOOK_AHEAD_POINTS: Final = 6
FENCE_RANGES: Final = 1.5
"""Tukey's fences: only values within 1.5 interquartile ranges of the quartiles extrapolate the series."""
SCORE_THRESHOLD: Final = 3.5
SCORE_SHIFT: Final = 3.5 / 11.5
"""Service: it stores score - 3.5 / 11.5, not (score - 3.5) / 11.5."""
SKELETON_SCORE: Final = 1.0
SMOOTHING_POINTS: Final = 5
LAST_BREAK_SCORE: Final = 1.5
LAST_BREAK_RATIO: Final = 0.1
LAST_BREAK_MAX_RATIO: Final = 0.45
LAST_BREAK_STORED_SCORE: Final = 2.0
MIN_LAST_DEVIATIONS: Final = 1.5

# --- stationarity ---
STATIONARITY_SIGNIFICANCE: Final = 0.05
ADF_LAG_FACTOR: Final = 12.0
"""Factor of Schwert's rule for the longest lag, 12 (n / 100)^(1/4); JBES 7 (1989)."""
KPSS_BANDWIDTH_FACTOR: Final = 1.1447
"""Factor of the automatic bandwidth for the Bartlett kernel; Hobijn, Franses and Ooms (1998), table 1."""
KPSS_CRITICAL: Final = 0.46140
"""5 % critical value of the level KPSS statistic: Monte-Carlo table of the `arch` project."""
MACKINNON_TAU_STAR: Final = -1.61
MACKINNON_SMALL_P: Final = (2.1659, 1.4412, 0.038269)
MACKINNON_LARGE_P: Final = (1.7339, 0.93202, -0.12745, -0.010368)
MACKINNON_TAU_MIN: Final = -18.83
MACKINNON_TAU_MAX: Final = 2.74
"""Response surface of the Dickey-Fuller p-value with constant; MacKinnon, JBES 12 (1994), table 3."""

# --- margins ---
V1_OUTSIDE_FACTOR: Final = 1.01
"""Service, rule V1: an unflagged point outside the band gets margins of this multiple of its distance."""
V1_MIN_RELATIVE_BASE: Final = 0.3
V1_SPECTRAL_MARGIN: Final = 0.01
V3_MIN_UNIT: Final = 0.3
V3_SMALL_DISTANCE: Final = 1e-4
V3_THIN_SENSITIVITY: Final = 99
V3_FAR_SIDE_SHARE: Final = 3.0

# --- detector numbers of the service (header `model-id`) ---
MODEL_SEASONAL: Final = 10
MODEL_SEASONAL_MAJORITY: Final = 11
MODEL_SPECTRAL_RESIDUAL: Final = 20
MODEL_SPECTRAL_Z_SCORE: Final = 21
MODEL_DYNAMIC_THRESHOLD: Final = 40
MODEL_DYNAMIC_THRESHOLD_MAJORITY: Final = 41
MODEL_CHANGE_POINT: Final = 60

# --- defaults per granularity ---
SECONDS: Final = {
    Granularity.SECONDLY: 1,
    Granularity.MINUTELY: 60,
    Granularity.HOURLY: 3600,
    Granularity.DAILY: 86400,
    Granularity.WEEKLY: 604800,
}
DEFAULT_WINDOW: Final = {
    Granularity.DAILY: 28,
    Granularity.HOURLY: 168,
    Granularity.MINUTELY: 1440,
    Granularity.WEEKLY: 12,
    Granularity.MONTHLY: 12,
    Granularity.YEARLY: 12,
    Granularity.SECONDLY: 1440,
    Granularity.MICROSECOND: 1000,
    Granularity.NONE: 1440,
}
"""Service: suggestedWindow less 1 for a series without a season."""
CHANGE_POINT_RANGE_FLOOR: Final = 1e-8
CHANGE_POINT_NOISE: Final = 1e-13
"""Ours: a trend whose range is below this share of its level is constant except for rounding."""
CHANGE_POINT_THRESHOLD: Final = 0.9
CHANGE_POINT_THRESHOLD_HOURLY: Final = 0.91
STABLE_TREND_WINDOW: Final = {
    Granularity.YEARLY: 3,
    Granularity.MONTHLY: 6,
    Granularity.WEEKLY: 3,
    Granularity.DAILY: 5,
    Granularity.HOURLY: 24,
    Granularity.MINUTELY: 72,
    Granularity.SECONDLY: 72,
    Granularity.MICROSECOND: 100,
    Granularity.NONE: 100,
}
