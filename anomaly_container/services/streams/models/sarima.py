"""SARIMA: the distance of one value per slot of time from its prediction.

statsmodels estimates the parameters. The filter is here, so that a stream does not need statsmodels or
its past.

Source: Durbin and Koopman, "Time Series Analysis by State Space Methods", 2nd edition (2012), chapters 3, 4.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from anomaly_container.services.streams.models.slot_filter import FilterState, SlotFilter, StateSpace
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.detection.numeric.arrays import FloatArray

_LARGEST: Final = 1e100
"""Bound of the numbers in a model file."""
_ROUNDING: Final = 1e-6
"""Tolerance for rounding, of a unit root above 1 and of the variance of a known state below 0."""
_NEEDS: Final = "A model of the kind sarima is trained with statsmodels, which is not installed."


@dataclass(frozen=True, slots=True, eq=False)
class Sarima:
    """A fitted model of one value per slot, and the state of its filter.

    Attributes
    ----------
    space : StateSpace
        The system, of values that are scaled.
    state : FilterState
        The state before the next slot.
    mean, scale : float
        A value is scaled by subtracting `mean` and dividing by `scale`.
    converged : bool
        True if the estimation of the parameters has converged.
    """

    space: StateSpace
    state: FilterState
    mean: float
    scale: float
    converged: bool

    @classmethod
    def fit(
        cls, values: FloatArray, *, order: tuple[int, int, int], season: tuple[int, int, int, int]
    ) -> Self:
        """Estimate the parameters by maximum likelihood; the filter is before the first of the values.

        The values are scaled by their mean and deviation, which replaces a constant in the model.

        Parameters
        ----------
        values : (n,) float64
            One for each slot, NaN if it is missing.
        order : tuple
            p, d and q.
        season : tuple
            P, D, Q and the slots of a season; four zeros for none.

        Raises
        ------
        ModelUnavailableError
            If statsmodels is not installed.
        ValueError
            If nothing can be estimated from the values.
        """
        mean, scale = float(np.nanmean(values)), float(np.nanstd(values))
        if not scale > 1e-12 * abs(mean):
            message = "The metric is always the same, so that nothing can be estimated from it."
            raise ValueError(message)
        try:
            from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415  # only training needs it
        except ImportError:
            raise ModelUnavailableError(_NEEDS) from None
        with warnings.catch_warnings():
            # Starting parameters that are not stationary are replaced; `converged` reports the result.
            warnings.simplefilter("ignore")
            try:
                model = SARIMAX((values - mean) / scale, order=order, seasonal_order=season)
                fitted = model.fit(disp=False, cov_type="none")
            except np.linalg.LinAlgError:
                message = "The parameters of this order cannot be estimated from the metric."
                raise ValueError(message) from None
        system, filtered = model.ssm, fitted.filter_results
        selection = system["selection"]
        space = StateSpace(
            transition=_copy(system["transition"]),
            design=_copy(system["design"][0]),
            noise=_copy(selection @ system["state_cov"] @ selection.T),
        )
        first = FilterState(_copy(filtered.initial_state), _copy(filtered.initial_state_cov))
        return cls(space, first, mean, scale, bool(fitted.mle_retvals["converged"]))

    @property
    def states(self) -> int:
        """The number k of states."""
        return len(self.state.mean)

    @property
    def state_bytes(self) -> int:
        """The memory that a stream needs, in bytes: 8 (k + k^2) for k states."""
        return self.state.mean.nbytes + self.state.covariance.nbytes

    def filter(self) -> SlotFilter:
        """Return a filter that continues from the state of this model."""
        return SlotFilter(self.space, self.state, self.mean, self.scale)

    def at(self, state: FilterState) -> Self:
        """Return the same model in another state, such as that after the slots of its training."""
        return replace(self, state=state)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a model file."""
        parts = {
            "transition": self.space.transition,
            "design": self.space.design,
            "noise": self.space.noise,
            "state": self.state.mean,
            "covariance": self.state.covariance,
            "scaling": np.array([self.mean, self.scale, float(self.converged)]),
        }
        return {name: part.astype("<f8") for name, part in parts.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the model of the arrays of a file.

        Raises
        ------
        ValueError
            With one sentence, if they are not those of a model.
        """
        names = ("transition", "design", "noise", "state", "covariance", "scaling")
        _check(set(arrays) == set(names), "A sarima model needs six arrays of known names.")
        parts = [np.ascontiguousarray(arrays[name], dtype=np.float64) for name in names]
        transition, design, noise, state, covariance, scaling = parts
        k = state.size
        shapes = [(k, k), (k,), (k, k), (k,), (k, k), (3,)]
        _check(
            k > 0 and [part.shape for part in parts] == shapes,
            "The arrays of the sarima model do not fit together.",
        )
        # NaN fails the comparison as well.
        _check(all((np.abs(part) <= _LARGEST).all() for part in parts), "An array has no finite number.")
        _check((noise.diagonal() >= 0.0).all(), "A variance is below 0.")
        least = -_ROUNDING * float(np.abs(covariance).max())
        _check((covariance.diagonal() >= least).all(), "A variance is below 0.")
        _check(float(design @ noise @ design) > 0.0, "A slot has no noise of its own.")
        _check(float(np.abs(np.linalg.eigvals(transition)).max()) <= 1.0 + _ROUNDING, "The system explodes.")
        mean, scale, converged = scaling.tolist()
        _check(scale > 0.0 and isfinite(1.0 / scale) and converged in {0.0, 1.0}, "The scaling is wrong.")
        return cls(
            StateSpace(transition, design, noise),
            FilterState(state, covariance),
            mean,
            scale,
            bool(converged),
        )


def _copy(part: FloatArray) -> FloatArray:
    return np.array(part, dtype=np.float64, order="C")


def _check(holds: object, message: str) -> None:
    if not holds:
        raise ValueError(message)
