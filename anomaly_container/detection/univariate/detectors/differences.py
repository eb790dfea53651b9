"""Anomalies in the differences of a series that is not stationary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.stationarity.stationarity import difference, is_stationary

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray
    from anomaly_container.detection.univariate.detectors.findings import Findings


def merge_differences(
    values: FloatArray,
    found: Findings,
    ratio: float,
    detect: Callable[[FloatArray, float], Findings],
    level: Callable[[FloatArray], FloatArray] | None = None,
) -> Findings:
    """Use what is left of the anomaly budget for the first stationary difference of a series.

    Parameters
    ----------
    values : (n,) float64
    found : Findings
        Findings of the detector in the series itself.
    ratio : float
        Largest share of anomalous points.
    detect : callable
        The same detector, as a function of a series and a share of points.
    level : callable, optional
        Returns the trend of expected values, if the detector does not: it is computed only if needed.
    """
    budget = max(int(values.size * ratio), 1) - int(np.count_nonzero(found.flags))
    if budget <= 0:
        return found
    order = stationary_order(values)
    if order == 0:
        return found
    differences = difference(values, order)
    second = detect(differences, budget / values.size)
    new = second.flags & ~found.flags
    if not new.any():
        return found
    trend = second.trend if level is None else level(second.expected)
    return replace(
        found,
        flags=found.flags | new,
        expected=_take_over(found.expected, second.expected, new, order, values),
        trend=_take_over(found.trend, trend, new, order, values),
        scores=np.where(new, second.scores, found.scores) if found.scores.size else found.scores,
    )


def stationary_order(values: FloatArray) -> int:
    """Return the order of the first stationary difference, 0 to 2; 0 also if there is none."""
    for order in (0, 1, 2):
        if is_stationary(values if order == 0 else difference(values, order)):
            return order
    return 0


def _take_over(
    base: FloatArray, steps: FloatArray, new: BoolArray, order: int, values: FloatArray
) -> FloatArray:
    """Replace newly flagged points by the first run's value before them plus the second run's expected step.

    Second differences are summed to steps, starting from the step between the first two values.
    """
    if order == 2:
        first_step = values[1] - values[0]
        steps = first_step + np.concatenate(([0.0, 0.0], np.cumsum(steps[2:])))
    merged = base.copy()
    at = np.flatnonzero(new[1:]) + 1
    merged[at] = base[at - 1] + steps[at]
    return merged
