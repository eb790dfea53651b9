"""Thresholds of scores: a row is an outlier if its score is above the threshold.

With a fixed threshold the number of flags grows if the level of the scores changes; `running` and `tracking`
move with it. All of them compare strictly: a score that equals the threshold is not above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from anomaly_container.detection.forest.held_out import (
    DEVIATIONS,
    State,
    check_scores,
    mean_and_deviation,
    number_of,
)
from anomaly_container.detection.forest.moving_thresholds import (
    Running,
    Tracking,
    restored_running,
    restored_tracking,
    running,
    tracking,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

__all__ = [
    "Fixed",
    "Running",
    "State",
    "ThreeSigma",
    "Threshold",
    "Tracking",
    "fixed",
    "restored",
    "running",
    "three_sigma",
    "tracking",
]


class Threshold(Protocol):
    """The interface of every threshold."""

    rule: ClassVar[str]
    """The name of the rule."""

    @property
    def level(self) -> float:
        """The threshold that the next score meets."""

    def judge(self, scores: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Judge scores in their order.

        Parameters
        ----------
        scores : (n,) float64
            Finite.

        Returns
        -------
        thresholds : numpy.ndarray
            (n,) float64: the threshold that each score met.
        flags : numpy.ndarray
            (n,) bool: True if the score was above it.
        """

    def state(self) -> State:
        """Return the state from which `restored` makes an equal threshold: numbers, texts and lists.

        Returns
        -------
        dict
        """


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number that does not change.

    Attributes
    ----------
    level : float
        The threshold.
    """

    rule: ClassVar[str] = "fixed"
    level: float

    def judge(self, scores: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Judge as `Threshold.judge` says."""
        return np.full(len(scores), self.level), scores > self.level

    def state(self) -> State:
        """Return the number."""
        return {"rule": self.rule, "level": self.level}


@dataclass(frozen=True, slots=True)
class ThreeSigma:
    """Three deviations above the mean, both of scores that were held out; it does not change.

    Attributes
    ----------
    mean : float
        The mean of the scores held out.
    deviation : float
        The deviation of a sample, with n - 1.
    """

    rule: ClassVar[str] = "three-sigma"
    mean: float
    deviation: float

    @property
    def level(self) -> float:
        """The threshold."""
        return self.mean + DEVIATIONS * self.deviation

    def judge(self, scores: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Judge as `Threshold.judge` says."""
        return np.full(len(scores), self.level), scores > self.level

    def state(self) -> State:
        """Return mean and deviation."""
        return {"rule": self.rule, "mean": self.mean, "deviation": self.deviation}


def fixed(level: float) -> Fixed:
    """Return a threshold that is a number.

    Parameters
    ----------
    level : float
        The number, in units of the scores.

    Returns
    -------
    Fixed

    Raises
    ------
    ValueError
        If it is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.thresholds import fixed
    >>> fixed(1.5).judge(np.array([1.5, 1.6]))[1].tolist()
    [False, True]
    """
    if not isfinite(level):
        message = f"the threshold is {level}"
        raise ValueError(message)
    return Fixed(level)


def three_sigma(held_out: FloatArray) -> ThreeSigma:
    """Return the threshold mean + 3 deviations of scores that were held out.

    Parameters
    ----------
    held_out : (n,) float64
        Scores of rows that the forest was not fitted on. n >= 2, finite.

    Returns
    -------
    ThreeSigma

    Raises
    ------
    ValueError
        If there are fewer than two scores, or one is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from anomaly_container.detection.forest.thresholds import three_sigma
    >>> three_sigma(np.array([1.0, 2.0, 3.0])).level
    5.0
    """
    check_scores(held_out)
    return ThreeSigma(*mean_and_deviation(held_out))


def restored(state: State) -> Threshold:
    """Return the threshold whose `state` is given; it continues with the same bits.

    Parameters
    ----------
    state : dict
        The result of `state`; it may have been converted to JSON and back.

    Returns
    -------
    Threshold

    Raises
    ------
    ValueError
        If no threshold has this state.

    Examples
    --------
    >>> from anomaly_container.detection.forest.thresholds import fixed, restored
    >>> restored(fixed(1.5).state())
    Fixed(level=1.5)
    """
    makers: dict[object, Callable[[State], Threshold]] = {
        Fixed.rule: lambda state: Fixed(number_of(state, "level")),
        ThreeSigma.rule: lambda state: ThreeSigma(number_of(state, "mean"), number_of(state, "deviation")),
        Running.rule: restored_running,
        Tracking.rule: restored_tracking,
    }
    maker = makers.get(state.get("rule"))
    if maker is None:
        message = "the state of the threshold names no rule that is known"
        raise ValueError(message)
    return maker(state)
