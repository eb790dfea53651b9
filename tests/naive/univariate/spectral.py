"""The spectral-residual detector (algorithm.md section 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8
THRESHOLD = 3.5
WINDOW = 100
LOOK_AHEAD = 6
EXTENSION = 5


@dataclass
class SpectralResult:
    """Scores, stored scores, flags, expectations and the model id of one run."""

    scores: list[float]
    stored: list[float]
    flagged: set[int]
    expected: list[float]
    model_id: int


def look_ahead_entire(z: Sequence[float]) -> list[float]:
    """Return the last six values inside the whiskers, the rest the median (8.1)."""
    q25, q75 = float(np.quantile(z, 0.25)), float(np.quantile(z, 0.75))
    reach = 1.5 * (q75 - q25)
    result = [float(np.median(z))] * LOOK_AHEAD
    place = LOOK_AHEAD - 1
    for value in reversed(z):
        if place >= 0 and q25 - reach <= value <= q75 + reach:
            result[place] = value
            place -= 1
    return result


def look_ahead_last(z: Sequence[float]) -> list[float]:
    """Return the six values before the last point (8.1)."""
    return list(z[-7:-1])


def extension(window: Sequence[float]) -> float:
    """Return the value the series is continued with (8.1)."""
    count = len(window)
    slopes = 0.0
    for j in range(count - 1):
        slopes += (window[-1] - window[j]) / (count - 1 - j)
    return float(np.median(window)) + slopes * 0.5 * (count + 1) / (count - 1)


def divisor(magnitudes: Sequence[float], i: int) -> float:
    """Return the geometric mean of up to three magnitudes; zeros count only in the exponent (8.1)."""
    members = magnitudes[max(0, i - 2) : i + 1]
    product = 1.0
    for value in members:
        if value > 0.0:
            product *= value
    return float(product ** (1.0 / len(members)))


def baseline(mag: Sequence[float]) -> list[float]:
    """Return the mean of the last hundred saliencies, padded at the start (8.1)."""
    n = len(mag)
    total = [0.0] * n
    running = 0.0
    for i in range(n):
        running += mag[i]
        total[i] = running
    result = []
    for i in range(n):
        if i == 0:
            a = mag[0]
        elif i < WINDOW:
            a = (total[i] + total[i - 1] / i * (WINDOW - 1 - i)) / WINDOW
        else:
            a = (total[i] - total[i - WINDOW]) / WINDOW
        result.append(EPS if np.isclose(a, EPS) else a)
    return result


def saliency_score(z: Sequence[float], look_ahead: Sequence[float]) -> list[float]:
    """Return how far the saliency of each point stands above its recent mean (8.1)."""
    n = len(z)
    extended = [*z, *[extension(look_ahead)] * EXTENSION]
    spectrum = fft.fft(np.array(extended))
    magnitudes = [float(m) for m in np.abs(spectrum)]
    divided = []
    for i, value in enumerate(spectrum):
        g = divisor(magnitudes, i)
        divided.append(value / g if g != 0.0 else 0.0)
    mag = [float(m) for m in np.abs(fft.ifft(np.array(divided)))[:n]]
    return [abs(m - a) / a for m, a in zip(mag, baseline(mag), strict=True)]


def stored_scores(scores: Sequence[float]) -> list[float]:
    """Return the rescaled score with the service's precedence slip (8.4)."""
    return [min(max(score - 3.5 / 11.5, 0.0), 1.0) for score in scores]


def highest_flagged(scores: Sequence[float], ratio: float) -> set[int]:
    """Return the points above the threshold, the highest int(n ratio) of them (8.2)."""
    above = [i for i, score in enumerate(scores) if score >= THRESHOLD]
    above.sort(key=lambda i: (-scores[i], i))
    return set(above[: max(int(len(scores) * ratio), 1)])


def trailing_mean(x: Sequence[float], width: int) -> list[float]:
    """Return the mean of the last `width` values, fewer at the start."""
    totals = [0.0]
    for value in x:
        totals.append(totals[-1] + value)
    return [(totals[i + 1] - totals[max(0, i + 1 - width)]) / min(i + 1, width) for i in range(len(x))]


def skeleton_expectation(x: Sequence[float], scores: Sequence[float]) -> list[float]:
    """Return own values on the skeleton, elsewhere the mean of its later half so far (8.2)."""
    raw = []
    for i in range(len(x)):
        if scores[i] <= 1.0:
            raw.append(x[i])
            continue
        members = [x[j] for j in range(i // 2, i + 1) if scores[j] <= 1.0] or list(x[: i + 1])
        raw.append(math.fsum(members) / len(members))
    return trailing_mean(raw, 5)


def entire(x: Sequence[float], ratio: float) -> SpectralResult:
    """Run the detector on a whole series (8.2)."""
    scores = saliency_score(x, look_ahead_entire(x))
    return SpectralResult(
        scores, stored_scores(scores), highest_flagged(scores, ratio), skeleton_expectation(x, scores), 20
    )


def last(x: Sequence[float], ratio: float) -> SpectralResult:
    """Run the detector for the last point (8.3)."""
    n = len(x)
    scores = saliency_score(x, look_ahead_last(x))
    budget = max(int(n * ratio), 1)
    depth = min(max(budget, int(0.1 * n)), int(0.45 * n))
    first = next((i for i in range(n - depth, n) if scores[i] >= 1.5), n - 1)
    z = [*x[:first], x[-1]]
    for i in range(first, n - 1):
        scores[i] = 2.0
    scores[n - 1] = saliency_score(z, look_ahead_last(z))[-1]

    model_id = 20
    mean, sigma = float(np.mean(x)), float(np.std(x))
    if abs(x[-1] - mean) / sigma < 1.5:
        scores[n - 1] = 0.0
        model_id = 21
    skeleton = [value for value, score in zip(x, scores, strict=True) if score <= 1.0]
    later = skeleton[len(skeleton) // 2 :]
    expected = list(x)
    expected[n - 1] = math.fsum(later) / len(later) if later else 0.0
    return SpectralResult(scores, stored_scores(scores), highest_flagged(scores, ratio), expected, model_id)
