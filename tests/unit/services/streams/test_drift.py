"""How the stream differs from the training.

The smallest example: after a training with mean 1 and deviation 0.5, scores of 2 have drifted by 2.
"""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from anomaly_container.services.streams import drift
from anomaly_container.services.streams.drift import Drift, Schema


def test_the_drift_is_in_deviations() -> None:
    one = Drift(1.0, 0.5)
    assert one.value is None
    one.take(np.array([]))
    assert one.value is None
    one.take(np.array([2.0, 2.0]))
    assert one.value == 2.0


def test_the_examples_are_true() -> None:
    found = doctest.testmod(drift)
    assert (found.attempted, found.failed) == (6, 0)


def test_old_scores_are_forgotten() -> None:
    one = Drift(0.0, 1.0)
    one.take(np.full(5000, 9.0))
    one.take(np.full(5000, 1.0))
    assert one.value == 5.0
    one.take(np.full(5000, 1.0))
    assert one.value == 1.0


def test_without_a_deviation_nothing_is_known() -> None:
    one = Drift(1.0, 0.0)
    one.take(np.ones(3))
    assert one.value is None


@pytest.mark.parametrize(
    ("lacking", "in_training", "changed"),
    [(501, 0.0, True), (500, 0.0, False), (1000, 0.05, False), (1000, 0.049, True)],
)
def test_a_feature_changes_above_a_half_where_the_training_had_it(
    lacking: int, in_training: float, changed: bool
) -> None:
    schema = Schema(["path"], [in_training])
    assert schema.shares == {}
    schema.take(np.arange(1000)[:, None] < lacking)
    assert schema.shares == {"path": lacking / 1000}
    assert schema.changed == (("path",) if changed else ())


def test_fewer_than_a_thousand_events_say_nothing_and_older_ones_are_forgotten() -> None:
    schema = Schema(["path"], [0.0])
    schema.take(np.ones((999, 1), dtype=bool))
    assert not schema.changed
    schema.take(np.ones((1, 1), dtype=bool))
    assert "path" in schema.changed
    schema.take(np.zeros((500, 1), dtype=bool))
    assert not schema.changed
