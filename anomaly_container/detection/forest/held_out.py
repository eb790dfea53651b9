"""Scores that were held out from the fit of a forest, and numbers of a threshold's state."""

from __future__ import annotations

from math import fsum, isfinite, sqrt
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

DEVIATIONS = 3.0
"""The number of deviations above the mean from which a score is an outlier."""

State: TypeAlias = "dict[str, str | float | list[float]]"
"""The state of a threshold, in types of JSON."""


def check_scores(held_out: FloatArray) -> None:
    """Refuse fewer than two scores, or one that is not finite.

    Raises
    ------
    ValueError
        With one sentence.
    """
    if held_out.ndim != 1 or len(held_out) < 2 or not np.isfinite(held_out).all():
        message = f"a threshold needs at least two scores that are finite, and {len(held_out)} are given"
        raise ValueError(message)


def mean_and_deviation(scores: FloatArray) -> tuple[float, float]:
    """Return the mean of scores and the deviation of a sample, with n - 1; both sums are rounded once."""
    values: list[float] = scores.tolist()
    mean = fsum(values) / len(values)
    distances = [value - mean for value in values]
    return mean, sqrt(fsum([distance * distance for distance in distances]) / (len(values) - 1))


def number_of(state: State, name: str) -> float:
    """Return a number of a state.

    Raises
    ------
    ValueError
        If it is missing, of another type, or not finite.
    """
    value = state.get(name)
    if isinstance(value, (bool, str, list)) or value is None or not isfinite(value):
        message = f"the state of the threshold has no number {name}"
        raise ValueError(message)
    return float(value)
