"""SARIMA: the parameters of statsmodels, and a filter of our own.

The smallest example: of an autoregression with the coefficient 1/2, the value 4 is followed by an expected 2.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.models.sarima import Sarima
from anomaly_container.services.streams.models.slot_filter import FilterState, StateSpace
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

ONE = np.ones((1, 1))
SMALLEST = Sarima(
    StateSpace(transition=ONE / 2, design=np.ones(1), noise=ONE),
    FilterState(np.zeros(1), ONE * 4 / 3),
    mean=0.0,
    scale=1.0,
    converged=True,
)
ORDERS = [
    ((1, 0, 1), (0, 0, 0, 0)),
    ((2, 1, 1), (0, 0, 0, 0)),
    ((0, 2, 1), (0, 0, 0, 0)),
    ((1, 0, 0), (1, 0, 0, 24)),
    ((1, 0, 1), (1, 1, 1, 12)),
]


def series(slots: int, seed: int = 0, missing: float = 0.1) -> FloatArray:
    """A daily wave of hours with noise that has a memory, and gaps."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=slots)
    for slot in range(1, slots):
        noise[slot] += 0.7 * noise[slot - 1]
    values = 180.0 + 40.0 * noise + 30.0 * np.sin(np.arange(slots) * 2 * np.pi / 24)
    values[generator.random(slots) < missing] = np.nan
    return values


def test_the_smallest_example() -> None:
    steps = SMALLEST.filter()
    assert steps.step(4.0).expected == 0.0
    assert steps.step(2.0) == (2.0, 1.0, 0.0, 0.0)
    assert steps.step(4.0) == (1.0, 1.0, 3.0, 3.0)


@pytest.mark.parametrize(("order", "season"), ORDERS)
def test_residuals_are_those_of_statsmodels(
    order: tuple[int, int, int], season: tuple[int, int, int, int]
) -> None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415  # it takes a second

    values = series(300)
    model = Sarima.fit(values, order=order, season=season)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SARIMAX((values - model.mean) / model.scale, order=order, seasonal_order=season)
        parameters = theirs.fit(disp=False, cov_type="none").params
        filtered = theirs.filter(parameters).filter_results
    assert np.array_equal(filtered.transition[:, :, 0], model.space.transition)
    steps = list(map(model.filter().step, values))
    ours, deviations = (
        np.array([np.nan if step[i] is None else step[i] for step in steps], dtype=np.float64) for i in (2, 1)
    )
    # The first slots of a differenced series have a variance of a million.
    errors = filtered.forecasts_error_cov[0, 0]
    assert np.nanmax(np.abs(ours / model.scale - filtered.forecasts_error[0])) < 1e-8
    assert np.max(np.abs(deviations / model.scale / np.sqrt(errors) - 1.0)) < 1e-8
    assert np.array_equal(np.isnan(ours), np.isnan(values))


def test_a_step_of_the_level_has_a_high_score() -> None:
    values = series(600, missing=0.0)
    model = Sarima.fit(values[:500], order=(1, 0, 1), season=(0, 0, 0, 0))
    steps = model.filter()
    scores = [steps.step(value).score or 0.0 for value in values[:500]]
    assert model.converged
    assert 2.0 < max(scores) < 5.0
    jump = steps.step(float(values[499]) + 600.0)
    assert jump.residual is not None
    assert jump.residual > 0.0
    assert jump.score is not None
    assert jump.score > 10.0


def test_the_memory_of_a_stream() -> None:
    model = Sarima.fit(series(200), order=(1, 0, 0), season=(1, 0, 0, 24))
    assert (model.states, model.state_bytes) == (25, 8 * (25 + 25 * 25))


def test_arrays_give_the_same_model_where_it_was() -> None:
    values = series(250)
    model = Sarima.fit(values[:200], order=(1, 0, 1), season=(0, 0, 0, 0))
    steps = model.filter()
    for value in values[:200]:
        steps.step(value)
    again = Sarima.from_arrays(model.at(steps.state).arrays()).filter()
    assert list(map(again.step, values[200:])) == list(map(steps.step, values[200:]))


@pytest.mark.parametrize(("order", "season"), ORDERS)
def test_the_end_of_the_training_can_be_kept(
    order: tuple[int, int, int], season: tuple[int, int, int, int]
) -> None:
    """The variance of a lagged value that is known is 0, or a little below by rounding."""
    values = series(300)
    model = Sarima.fit(values, order=order, season=season)
    steps = model.filter()
    for value in values:
        steps.step(value)
    kept = Sarima.from_arrays(model.at(steps.state).arrays())
    assert kept.filter().step(180.0) == steps.step(180.0)


def test_a_metric_that_is_always_the_same_is_refused() -> None:
    with pytest.raises(ValueError, match="always the same"):
        Sarima.fit(np.full(200, 7.0), order=(1, 0, 1), season=(0, 0, 0, 0))


def test_without_statsmodels_training_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.statespace.sarimax", None)
    with pytest.raises(ModelUnavailableError, match="statsmodels"):
        Sarima.fit(series(200), order=(1, 0, 1), season=(0, 0, 0, 0))
    assert SMALLEST.filter().step(1.0).score is not None


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("transition", np.ones((2, 2))),
        ("transition", ONE * 1.1),
        ("design", np.zeros(1)),
        ("noise", -ONE),
        ("noise", ONE * 0),
        ("state", np.zeros(0)),
        ("state", np.array([np.nan])),
        ("covariance", -ONE),
        ("covariance", np.ones(1)),
        ("scaling", np.array([0.0, 0.0, 1.0])),
        ("scaling", np.array([0.0, 1.0, 0.5])),
        ("more", np.ones(1)),
    ],
)
def test_wrong_arrays_are_refused(name: str, array: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        Sarima.from_arrays({**SMALLEST.arrays(), name: array})
