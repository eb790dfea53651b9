"""Thresholds from past scores, bin by bin in plain Python."""

from __future__ import annotations

from math import inf, log, sqrt


def edges() -> list[float]:
    """Where bins begin: 16 between each power of two and the next, from 2^-16 to 2^8."""
    return [2.0**octave * (1.0 + step / 16.0) for octave in range(-16, 8) for step in range(16)] + [2.0**8]


def bin_of(score: float) -> int:
    """The bin of a score; the first takes all that is smaller, the last all that is larger."""
    if score >= 2.0**8:
        return 383
    return max(sum(score >= edge for edge in edges()) - 1, 0)


def histogram(scores: list[float]) -> list[float]:
    counts = [0.0] * 384
    for score in scores:
        counts[bin_of(score)] += 1.0
    return counts


def quantile(counts: list[float], share: float) -> float:
    """The upper edge of the first bin up to which the share is reached."""
    total, reached = sum(counts), 0.0
    for place, count in enumerate(counts):
        reached += count
        if reached >= share * total:
            return edges()[place + 1]
    return edges()[-1]


def threshold(counts: list[float], least: float, alarms: float) -> float:
    if sum(counts) < 1000.0:
        return least
    body, shoulder = quantile(counts, 0.75), quantile(counts, 0.925)
    slope = (shoulder**2 - body**2) / log(0.25 / 0.075)
    return max(
        least, sqrt(shoulder**2 + slope * log(0.075 / 2.5e-4)) / 1.25, quantile(counts, 1.0 - alarms), -inf
    )
