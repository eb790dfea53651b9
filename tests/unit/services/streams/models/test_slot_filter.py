"""The Kalman filter of one value per slot.

The smallest example: a random walk with steps of the variance 1, known to be at 5 with the variance 1. The
value 8 is 3 deviations away; after three missing slots the variance is 4.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from anomaly_container.services.streams.models.slot_filter import FilterState, SlotFilter, StateSpace


def random_walk() -> SlotFilter:
    return SlotFilter(
        StateSpace(np.eye(1), np.ones(1), np.eye(1)),
        FilterState(np.array([5.0]), np.eye(1)),
        mean=0.0,
        scale=1.0,
    )


def oscillation() -> SlotFilter:
    turn = np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]]) * 0.99
    return SlotFilter(
        StateSpace(turn, np.array([1.0, 0.2]), np.array([[0.5, 0.1], [0.1, 0.3]])),
        FilterState(np.array([1.0, -2.0]), np.eye(2)),
        mean=10.0,
        scale=3.0,
    )


def test_the_smallest_example() -> None:
    walk = random_walk()
    assert walk.step(8.0) == (5.0, 1.0, 3.0, 3.0)
    walk.skip(3)
    assert walk.step(8.0) == (8.0, 2.0, 0.0, 0.0)


def test_a_missing_value_is_predicted_only() -> None:
    walk = random_walk()
    assert walk.step(float("nan")) == (5.0, 1.0, None, None)
    assert walk.step(5.0) == (5.0, np.sqrt(2.0), 0.0, 0.0)


@pytest.mark.parametrize("slots", [0, 1, 2, 3, 7, 64, 1000])
def test_skipping_is_many_missing_slots(slots: int) -> None:
    at_once, one_by_one = oscillation(), oscillation()
    at_once.skip(slots)
    for _ in range(slots):
        one_by_one.step(float("nan"))
    assert np.allclose(at_once.state.mean, one_by_one.state.mean, rtol=1e-10, atol=1e-12)
    assert np.allclose(at_once.state.covariance, one_by_one.state.covariance, rtol=1e-10)


def test_the_residual_is_in_the_unit_of_the_value() -> None:
    slot = oscillation().step(10.0)
    assert slot.expected == pytest.approx(10.0 + 3.0 * (1.0 - 0.4))
    assert slot.residual == pytest.approx(-1.8)
    assert slot.score == pytest.approx(1.8 / slot.deviation)


def test_a_restored_filter_goes_on_with_the_same_bits() -> None:
    values = np.random.default_rng(0).normal(10.0, 3.0, 60).tolist()
    whole, before, after = oscillation(), oscillation(), oscillation()
    expected = list(map(whole.step, values))
    assert list(map(before.step, values[:30])) == expected[:30]
    after.restore(json.loads(json.dumps(before.document())))
    assert list(map(after.step, values[30:])) == expected[30:]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"mean": [1.0], "covariance": [[1.0]]},
        {"mean": [1.0, "x"], "covariance": [[1.0, 0.0], [0.0, 1.0]]},
        {"mean": [1.0, float("nan")], "covariance": [[1.0, 0.0], [0.0, 1.0]]},
        {"mean": None, "covariance": None},
    ],
)
def test_the_state_of_another_model_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        oscillation().restore(document)
