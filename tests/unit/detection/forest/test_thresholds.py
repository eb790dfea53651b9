"""Fixed thresholds, and thresholds from their states."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from anomaly_container.detection.forest.thresholds import (
    State,
    ThreeSigma,
    Threshold,
    fixed,
    restored,
    running,
    three_sigma,
    tracking,
)

HELD_OUT = np.random.default_rng(1).gamma(4.0, 0.25, size=300)
STREAM = np.random.default_rng(2).gamma(4.0, 0.25, size=500)


def test_three_deviations_above_the_mean_of_one_two_three_is_five() -> None:
    threshold = three_sigma(np.array([1.0, 2.0, 3.0]))
    assert threshold == ThreeSigma(mean=2.0, deviation=1.0)
    thresholds, flags = threshold.judge(np.array([5.0, np.nextafter(5.0, 6.0), 1.0]))
    assert thresholds.tolist() == [5.0, 5.0, 5.0]
    # A score that equals the threshold is not above it.
    assert flags.tolist() == [False, True, False]
    assert threshold.level == 5.0


def test_a_number_stays() -> None:
    threshold = fixed(1.5)
    assert threshold.judge(np.array([1.5, 9.0]))[1].tolist() == [False, True]
    assert threshold.level == 1.5
    with pytest.raises(ValueError, match="the threshold is nan"):
        fixed(math.nan)


@pytest.mark.parametrize(
    "threshold",
    [
        fixed(1.2),
        three_sigma(HELD_OUT),
        running(HELD_OUT, window=120),
        running(HELD_OUT, window=5000),
        tracking(HELD_OUT, rate=0.05, gain=0.1),
    ],
    ids=lambda one: one.rule,
)
@pytest.mark.parametrize("split", [0, 1, 119, 250, 500])
def test_a_threshold_goes_on_from_its_state_bit_for_bit(threshold: Threshold, split: int) -> None:
    state = threshold.state()
    whole, first = restored(state), restored(state)
    thresholds, flags = whole.judge(STREAM)
    before = first.judge(STREAM[:split])
    second = restored(json.loads(json.dumps(first.state())))
    after = second.judge(STREAM[split:])
    assert [*before[0], *after[0]] == thresholds.tolist()
    assert [*before[1], *after[1]] == flags.tolist()
    assert json.dumps(second.state()) == json.dumps(whole.state())
    assert second.level == whole.level
    assert (second.rule, type(second)) == (threshold.rule, type(threshold))


@pytest.mark.parametrize(
    "threshold", [running(HELD_OUT), tracking(HELD_OUT), fixed(1.0)], ids=lambda one: one.rule
)
def test_no_scores_move_nothing(threshold: Threshold) -> None:
    state = threshold.state()
    thresholds, flags = threshold.judge(np.empty(0))
    assert (thresholds.shape, flags.shape) == ((0,), (0,))
    assert threshold.state() == state


WINDOW: State = running(np.array([1.0, 2.0, 3.0]), window=4).state()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "no rule"),
        ({"rule": "median"}, "no rule"),
        ({"rule": "fixed"}, "no number level"),
        ({"rule": "fixed", "level": "1"}, "no number level"),
        ({"rule": "three-sigma", "mean": 1.0, "deviation": math.nan}, "no number deviation"),
        ({"rule": "tracking", "level": 1.0, "rate": 0.1}, "no number step"),
        ({**WINDOW, "values": [1.0]}, "not whole"),
        ({**WINDOW, "values": "123"}, "not whole"),
        ({**WINDOW, "values": [1.0] * 5}, "not whole"),
        ({**WINDOW, "values": [1.0, math.inf]}, "no number value"),
        ({**WINDOW, "entered": 4}, "not whole"),
        ({**WINDOW, "entered": -1}, "not whole"),
        ({**WINDOW, "squares": True}, "no number squares"),
    ],
)
def test_the_state_of_no_threshold_is_refused(state: State, words: str) -> None:
    restored(WINDOW)
    with pytest.raises(ValueError, match=words):
        restored(state)
