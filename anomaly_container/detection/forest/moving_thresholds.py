"""Thresholds that move: `running` learns a new level slowly, `tracking` keeps a rate of flags."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, fsum, sqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anomaly_container.detection.forest.held_out import (
    DEVIATIONS,
    State,
    check_scores,
    mean_and_deviation,
    number_of,
)

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

__all__ = ["Running", "Tracking", "running", "tracking"]


@dataclass(slots=True)
class Running:
    """Three deviations above the mean of the last scores; `running` makes one.

    A score above the threshold enters as the threshold itself, so that a new level is learned slowly.

    Attributes
    ----------
    values : collections.deque of float
        The last scores as they entered.
    window : int
        The largest number of them.
    centre : float
        A number near the mean of the values.
    total : float
        The sum of their distances from it.
    squares : float
        The sum of the squares of these.
    entered : int
        The number of values since these were last recomputed, which is done once for each window.
    """

    rule: ClassVar[str] = "running"
    values: deque[float]
    window: int
    centre: float
    total: float
    squares: float
    entered: int

    @property
    def level(self) -> float:
        """The threshold that the next score meets."""
        count = len(self.values)
        mean = self.total / count
        variance = (self.squares - self.total * mean) / (count - 1)
        return self.centre + mean + DEVIATIONS * sqrt(max(variance, 0.0))

    def judge(self, scores: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Judge as `thresholds.Threshold.judge` says; the scores enter the window."""
        thresholds = np.empty(len(scores))
        for place, score in enumerate(scores.tolist()):
            level = self.level
            thresholds[place] = level
            self._enter(min(score, level))
        return thresholds, scores > thresholds

    def state(self) -> State:
        """Return the window and its sums."""
        sums: State = {"centre": self.centre, "total": self.total, "squares": self.squares}
        counts: State = {"window": self.window, "entered": self.entered}
        return {"rule": self.rule, "values": list(self.values), **sums, **counts}

    def _enter(self, value: float) -> None:
        if len(self.values) == self.window:
            gone = self.values.popleft() - self.centre
            self.total -= gone
            self.squares -= gone * gone
        self.values.append(value)
        distance = value - self.centre
        self.total += distance
        self.squares += distance * distance
        self.entered += 1
        if self.entered == self.window:
            self.centre, self.total, self.squares = _sums(list(self.values))
            self.entered = 0


@dataclass(slots=True)
class Tracking:
    """A threshold that moves so that the share of scores above it goes to a rate; `tracking` makes one.

    Source: Angelopoulos, Candès and Tibshirani, "Conformal PID control for time series prediction", NeurIPS
    (2023), the quantile tracking: tau += step (flag - rate).

    Attributes
    ----------
    level : float
        The threshold tau that the next score meets.
    rate : float
        The share of scores above it in the long run.
    step : float
        The step, in units of the scores.
    """

    rule: ClassVar[str] = "tracking"
    level: float
    rate: float
    step: float

    def judge(self, scores: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Judge as `thresholds.Threshold.judge` says; the threshold moves."""
        thresholds, level = np.empty(len(scores)), self.level
        for place, score in enumerate(scores.tolist()):
            thresholds[place] = level
            level += self.step * ((score > level) - self.rate)
        self.level = level
        return thresholds, scores > thresholds

    def state(self) -> State:
        """Return threshold, rate and step."""
        return {"rule": self.rule, "level": self.level, "rate": self.rate, "step": self.step}


def running(held_out: FloatArray, window: int = 2000) -> Running:
    """Return a threshold of mean + 3 deviations of the last scores, which begins with those held out.

    Parameters
    ----------
    held_out : (n,) float64
        As for `three_sigma`.
    window : int
        Number of scores, >= 2; of those held out the last are taken.

    Returns
    -------
    Running

    Raises
    ------
    ValueError
        If a parameter is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.moving_thresholds import running
    >>> threshold = running(np.array([1.0, 2.0, 3.0]), window=3)
    >>> thresholds, flags = threshold.judge(np.array([9.0, 4.0]))
    >>> thresholds.round(3).tolist(), flags.tolist()
    ([5.0, 7.916], [True, False])
    """
    check_scores(held_out)
    if window < 2:
        message = f"the window has {window} scores, and needs at least 2"
        raise ValueError(message)
    values: list[float] = held_out[-window:].tolist()
    return _filled(values, window, _sums(values), entered=0)


def tracking(held_out: FloatArray, rate: float = 0.01, gain: float = 0.05) -> Tracking:
    """Return a threshold that follows a quantile of the scores; it begins with that of those held out.

    It begins with the k-th smallest score held out, k = min(n, ceil((n + 1) (1 - rate))), and its step is the
    gain times their deviation.

    Parameters
    ----------
    held_out : (n,) float64
        As for `three_sigma`.
    rate : float
        The share of scores above the threshold in the long run, between 0 and 1.
    gain : float
        Positive; the larger, the faster it moves.

    Returns
    -------
    Tracking

    Raises
    ------
    ValueError
        If a parameter is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.moving_thresholds import tracking
    >>> threshold = tracking(np.array([1.0, 2.0, 3.0]), rate=0.5, gain=0.1)
    >>> threshold.judge(np.array([9.0, 0.0]))[0].tolist()
    [2.0, 2.05]
    """
    check_scores(held_out)
    if not (0.0 < rate < 1.0 and 0.0 < gain < float("inf")):
        message = f"the rate, {rate}, must lie between 0 and 1, and the gain, {gain}, be positive and finite"
        raise ValueError(message)
    count = len(held_out)
    place = min(count, ceil((count + 1) * (1.0 - rate)))
    return Tracking(float(np.sort(held_out)[place - 1]), rate, gain * mean_and_deviation(held_out)[1])


def restored_running(state: State) -> Running:
    """Return the threshold whose state is given; `thresholds.restored` is for all of them."""
    values = state.get("values")
    window, entered = number_of(state, "window"), number_of(state, "entered")
    if not (isinstance(values, list) and 2 <= len(values) <= window and 0 <= entered < window):
        message = "the window of the threshold's state is not whole"
        raise ValueError(message)
    numbers = [number_of({"value": value}, "value") for value in values]
    sums = (number_of(state, "centre"), number_of(state, "total"), number_of(state, "squares"))
    return _filled(numbers, int(window), sums, entered=int(entered))


def restored_tracking(state: State) -> Tracking:
    """Return the threshold whose state is given; `thresholds.restored` is for all of them."""
    return Tracking(number_of(state, "level"), number_of(state, "rate"), number_of(state, "step"))


def _filled(values: list[float], window: int, sums: tuple[float, float, float], *, entered: int) -> Running:
    centre, total, squares = sums
    return Running(deque(values), window, centre, total, squares, entered)


def _sums(values: list[float]) -> tuple[float, float, float]:
    centre = fsum(values) / len(values)
    distances = [value - centre for value in values]
    return centre, fsum(distances), fsum(distance * distance for distance in distances)
