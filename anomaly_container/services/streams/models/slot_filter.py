"""The Kalman filter of a model with one value per slot."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class StateSpace:
    """The system y = Z a, a' = T a + noise of the covariance Q.

    Attributes
    ----------
    transition : (k, k) float64
        T.
    design : (k,) float64
        Z.
    noise : (k, k) float64
        Q.
    """

    transition: FloatArray
    design: FloatArray
    noise: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FilterState:
    """The distribution of the states before a slot.

    Attributes
    ----------
    mean : (k,) float64
    covariance : (k, k) float64
    """

    mean: FloatArray
    covariance: FloatArray


class Slot(NamedTuple):
    """A slot that was judged.

    Attributes
    ----------
    expected : float
        The value that is predicted from the slots before it.
    deviation : float
        The standard deviation of the residual.
    residual : float or None
        The value minus the expected one; None if the slot is missing.
    score : float or None
        The size of the residual, in deviations.
    """

    expected: float
    deviation: float
    residual: float | None
    score: float | None


class SlotFilter:
    """Takes one value after the other.

    The residual of a value y is v = y - Z a, its variance F = Z P Z', and the next state
    a' = T (a + P Z' v / F), P' = T (P - P Z' Z P / F) T' + Q. After a missing value they are
    a' = T a, P' = T P T' + Q.

    Parameters
    ----------
    space : StateSpace
    state : FilterState
        The state before the first value.
    mean, scale : float
        The scaling of the values.

    Attributes
    ----------
    state : FilterState
        The state before the next value.

    Examples
    --------
    A random walk with steps of the variance 1, which begins at 5:

    >>> import numpy as np
    >>> walk = StateSpace(np.eye(1), np.ones(1), np.eye(1))
    >>> filter = SlotFilter(walk, FilterState(np.array([5.0]), np.eye(1)), mean=0.0, scale=1.0)
    >>> filter.step(8.0)
    Slot(expected=5.0, deviation=1.0, residual=3.0, score=3.0)
    >>> filter.skip(3)
    >>> filter.step(8.0)
    Slot(expected=8.0, deviation=2.0, residual=0.0, score=0.0)
    """

    def __init__(self, space: StateSpace, state: FilterState, mean: float, scale: float) -> None:
        self._space, self._mean, self._scale = space, mean, scale
        self.state = state

    def step(self, value: float) -> Slot:
        """Judge a value and learn it.

        Parameters
        ----------
        value
            NaN if the slot is missing.
        """
        design, state = self._space.design, self.state
        gain = state.covariance @ design
        variance = float(design @ gain)
        predicted = float(design @ state.mean)
        expected, deviation = self._mean + self._scale * predicted, self._scale * sqrt(variance)
        if isnan(value):
            self._predict(state.mean, state.covariance)
            return Slot(expected, deviation, None, None)
        residual = (value - self._mean) / self._scale - predicted
        self._predict(
            state.mean + gain * (residual / variance), state.covariance - np.outer(gain, gain / variance)
        )
        return Slot(expected, deviation, self._scale * residual, abs(residual) / sqrt(variance))

    def skip(self, slots: int) -> None:
        """Take many missing slots at once; the time grows with the logarithm of their number.

        Parameters
        ----------
        slots
            0 or more.
        """
        transition, noise = self._space.transition, self._space.noise
        mean, covariance = self.state.mean, self.state.covariance
        while slots:
            if slots & 1:
                mean = transition @ mean
                covariance = transition @ covariance @ transition.T + noise
            slots >>= 1
            if slots:
                noise = transition @ noise @ transition.T + noise
                transition = transition @ transition
        self.state = FilterState(mean, covariance)

    def document(self) -> dict[str, Any]:
        """Return the state as JSON, from which a filter continues with the same bits."""
        return {"mean": self.state.mean.tolist(), "covariance": self.state.covariance.tolist()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Continue from the state of an earlier filter.

        Raises
        ------
        ValueError
            If this is not the state of a filter of the same model.
        """
        try:
            mean = np.array(document["mean"], dtype=np.float64)
            covariance = np.array(document["covariance"], dtype=np.float64)
        except (KeyError, TypeError, ValueError):
            mean, covariance = np.empty(0), np.empty(0)
        expected = self.state.mean.shape, self.state.covariance.shape
        if (mean.shape, covariance.shape) != expected or not np.isfinite([*mean, *covariance.flat]).all():
            message = "The state of the filter does not belong to this model."
            raise ValueError(message)
        self.state = FilterState(mean, covariance)

    def _predict(self, mean: FloatArray, covariance: FloatArray) -> None:
        transition = self._space.transition
        self.state = FilterState(
            transition @ mean, transition @ covariance @ transition.T + self._space.noise
        )
