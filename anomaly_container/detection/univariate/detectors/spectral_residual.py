"""The detector for dense series without a season: the spectral residual.

Sources: Hou and Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007; Ren et al.,
"Time-Series Anomaly Detection Service at Microsoft", KDD 2019.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import fft, ifft

from anomaly_container.detection.numeric.moments import centred_with_deviation, mean
from anomaly_container.detection.numeric.robust_scale import closeness, median, quartiles
from anomaly_container.detection.univariate.constants import (
    EPSILON,
    EXTENSION_POINTS,
    FENCE_RANGES,
    LAST_BREAK_MAX_RATIO,
    LAST_BREAK_RATIO,
    LAST_BREAK_SCORE,
    LAST_BREAK_STORED_SCORE,
    LOOK_AHEAD_POINTS,
    MIN_LAST_DEVIATIONS,
    MODEL_SPECTRAL_RESIDUAL,
    MODEL_SPECTRAL_Z_SCORE,
    SCORE_SHIFT,
    SCORE_THRESHOLD,
    SCORE_WINDOW,
    SKELETON_SCORE,
    SMOOTHING_POINTS,
)
from anomaly_container.detection.univariate.detectors.findings import Findings
from anomaly_container.detection.univariate.elementary import cbrt, magnitude
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray


def detect_spectral(values: FloatArray, ratio: float, last_only: bool, with_trend: bool) -> Findings:
    """Find points that stand out in the saliency map of a series.

    Parameters
    ----------
    values : (n,) float64
        On the filled grid.
    ratio : float
        Largest share of anomalous points.
    last_only : bool
        Whether only the last point is tested.
    with_trend : bool
        Whether the margins need the trend of the expected values.
    """
    count = max(int(values.size * ratio), 1)
    model_id = MODEL_SPECTRAL_RESIDUAL
    if last_only:
        scores, is_usual = _last_scores(values, count)
        expected = _expect_last(values, scores)
        if is_usual:
            model_id = MODEL_SPECTRAL_Z_SCORE
    else:
        scores = saliency_scores(values, _steady_tail(values))
        expected = _expect_entire(values, scores)
    return Findings(
        flags=_highest(scores, count),
        expected=expected,
        trend=spline_trend(expected, None) if with_trend else expected,
        model_id=model_id,
        scores=np.clip(scores - SCORE_SHIFT, 0.0, 1.0),
    )


def _highest(scores: FloatArray, count: int) -> BoolArray:
    """Mark the `count` highest scores at or above the threshold; equal scores by index."""
    flags = np.zeros(scores.size, dtype=np.bool_)
    over = np.flatnonzero(scores >= SCORE_THRESHOLD)
    flags[over[np.argsort(-scores[over], kind="stable")[:count]]] = True
    return flags


def saliency_scores(values: FloatArray, look_ahead: FloatArray) -> FloatArray:
    """Return the relative distance of each point of the saliency map from its trailing mean: (n,) float64.

    Parameters
    ----------
    values : (n,) float64
    look_ahead : (k,) float64
        Points from which the series is extrapolated before the transform.
    """
    size = values.size
    extended = np.empty(size + EXTENSION_POINTS)
    extended[:size], extended[size:] = values, _continuation(look_ahead)
    spectrum = fft(extended)
    divisor = _geometric_mean(spectrum)
    # The service divides by a complex number: it multiplies by the reciprocal.
    factor = np.divide(1.0, divisor, where=divisor > 0.0, out=np.zeros_like(divisor))
    spectrum.real *= factor
    spectrum.imag *= factor
    saliency = magnitude(ifft(spectrum, overwrite_x=True)[:size])
    baseline = _trailing_baseline(saliency)
    baseline[np.abs(baseline - EPSILON) <= closeness(EPSILON)] = EPSILON
    return np.abs(saliency - baseline) / baseline


def _continuation(look_ahead: FloatArray) -> float:
    """Return the extrapolated value: the median of k last points, moved by (k + 1) / 2 mean slopes."""
    size = look_ahead.size
    distance = np.arange(size - 1, 0, -1)
    slopes = ((look_ahead[-1] - look_ahead[:-1]) / distance).sum()
    return float(median(look_ahead) + slopes * 0.5 * (size + 1) / (size - 1))


def _steady_tail(values: FloatArray) -> FloatArray:
    """Return the last six values within one and a half interquartile ranges of the quartiles."""
    low, high = quartiles(values)
    reach = FENCE_RANGES * (high - low)
    inside: FloatArray = values[(values >= low - reach) & (values <= high + reach)]
    return inside[-LOOK_AHEAD_POINTS:]


def _geometric_mean(spectrum: NDArray[np.complex128]) -> FloatArray:
    """Return the geometric mean of each magnitude and the two before it: (m,); zeros count as 1.

    Parameters
    ----------
    spectrum : (m,) complex128
        Transform of a real series, whose second half mirrors the first.
    """
    size = spectrum.size
    sizes = magnitude(spectrum[: size // 2 + 1])
    sizes[sizes == 0.0] = 1.0
    root = np.empty(size)
    root[: sizes.size] = cbrt(sizes)
    root[sizes.size :] = root[size - sizes.size : 0 : -1]
    means = np.empty(size)
    means[0] = sizes[0]
    means[1] = prod(np.sqrt(sizes[:2]))
    means[2:] = root[2:] * root[1:-1] * root[:-2]
    return means


def _trailing_baseline(saliency: FloatArray) -> FloatArray:
    """Return the trailing mean of a hundred points; at the start, missing ones count as the mean so far."""
    index = np.arange(saliency.size)
    total = np.cumsum(saliency)
    early = min(SCORE_WINDOW, saliency.size)
    baseline = np.empty_like(saliency)
    baseline[0] = saliency[0]
    padding = (total[: early - 1] / index[1:early]) * (SCORE_WINDOW - 1 - index[1:early])
    baseline[1:early] = (total[1:early] + padding) / SCORE_WINDOW
    baseline[early:] = (total[early:] - total[:-early]) / SCORE_WINDOW
    return baseline


def _expect_entire(values: FloatArray, scores: FloatArray) -> FloatArray:
    """Return the trailing mean of five points, with conspicuous ones replaced by the mean of earlier ones."""
    size = values.size
    number = np.arange(1.0, size + 1.0)
    skeleton = scores <= SKELETON_SCORE
    count = np.concatenate(([0.0], np.cumsum(skeleton, dtype=np.float64)))
    total = np.concatenate(([0.0], np.cumsum(np.where(skeleton, values, 0.0))))
    members = count[1:] - _at_half(count)
    recent = (total[1:] - _at_half(total)) / np.maximum(members, 1.0)
    since_start = np.cumsum(values) / number
    raw = np.where(skeleton, values, np.where(members > 0, recent, since_start))
    running = np.cumsum(raw)
    before = np.concatenate((np.zeros(SMOOTHING_POINTS), running[: size - SMOOTHING_POINTS]))
    expected: FloatArray = (running - before) / np.minimum(number, SMOOTHING_POINTS)
    return expected


def _at_half(running: FloatArray) -> FloatArray:
    """Return a running sum at half of each index: s_0, s_0, s_1, s_1, ..., one element shorter."""
    return np.repeat(running[: (running.size + 1) // 2], 2)[: running.size - 1]


def _last_scores(values: FloatArray, count: int) -> tuple[FloatArray, bool]:
    """Score the last point against the series before the latest break; return whether its value is usual."""
    size = values.size
    scores = saliency_scores(values, values[-LOOK_AHEAD_POINTS - 1 : -1])
    reach = min(max(count, int(LAST_BREAK_RATIO * size)), int(LAST_BREAK_MAX_RATIO * size))
    breaks = np.flatnonzero(scores[size - reach :] >= LAST_BREAK_SCORE)
    kept = size - 1
    if breaks.size:
        kept = size - reach + int(breaks[0])
        scores[kept:-1] = LAST_BREAK_STORED_SCORE
    history = np.append(values[:kept], values[-1])
    scores[-1] = saliency_scores(history, history[-LOOK_AHEAD_POINTS - 1 : -1])[-1]
    distance, deviation = centred_with_deviation(values)
    is_usual = bool(abs(distance[-1]) < MIN_LAST_DEVIATIONS * deviation)
    if is_usual:
        scores[-1] = 0.0
    return scores, is_usual


def _expect_last(values: FloatArray, scores: FloatArray) -> FloatArray:
    """Return the data, and at the last point the mean of the later half of the inconspicuous points."""
    skeleton = values[scores <= SKELETON_SCORE]
    expected = values.copy()
    expected[-1] = mean(skeleton[skeleton.size // 2 :]) if skeleton.size else 0.0
    return expected
