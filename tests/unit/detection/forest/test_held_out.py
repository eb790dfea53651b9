"""Scores held out: their mean and deviation, and the numbers of a state."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from anomaly_container.detection.forest.held_out import State, check_scores, mean_and_deviation, number_of


def test_one_two_three_has_the_mean_two_and_the_deviation_one() -> None:
    assert mean_and_deviation(np.array([1.0, 2.0, 3.0])) == (2.0, 1.0)


@pytest.mark.parametrize("seed", range(20))
def test_mean_and_deviation_are_those_of_exact_arithmetic(seed: int) -> None:
    scores = np.random.default_rng(seed).gamma(2.0, size=500)
    mean, deviation = mean_and_deviation(scores)
    assert mean == pytest.approx(statistics.mean(scores.tolist()), rel=3e-16)
    assert deviation == pytest.approx(statistics.stdev(scores.tolist()), rel=3e-16)


@pytest.mark.parametrize("scores", [[], [1.0], [1.0, math.nan], [1.0, math.inf], [[1.0, 2.0], [3.0, 4.0]]])
def test_scores_that_set_no_threshold_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="at least two scores that are finite"):
        check_scores(np.array(scores))


@pytest.mark.parametrize(
    "state", [{}, *({"level": value} for value in ("1", True, math.nan, -math.inf, [1.0]))], ids=str
)
def test_what_is_not_a_number_is_refused(state: State) -> None:
    with pytest.raises(ValueError, match="no number level"):
        number_of(state, "level")


def test_a_whole_number_is_a_number() -> None:
    assert number_of({"level": 2}, "level") == 2.0
