"""The thresholds that move with the scores."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from anomaly_container.detection.forest.moving_thresholds import running, tracking


def test_a_score_above_a_running_threshold_enters_as_the_threshold() -> None:
    threshold = running(np.array([1.0, 2.0, 3.0]), window=3)
    thresholds, flags = threshold.judge(np.array([9.0, 4.0]))
    # The window is 1, 2, 3: 2 + 3 * 1. The 9 enters as 5: 2, 3, 5 have the mean 10/3 and the variance 7/3.
    assert thresholds.tolist() == pytest.approx([5.0, 10.0 / 3.0 + 3.0 * math.sqrt(7.0 / 3.0)])
    assert flags.tolist() == [True, False]
    assert list(threshold.values) == [3.0, 5.0, 4.0]


def test_a_tracking_threshold_rises_by_a_step_and_falls_by_a_hundredth_of_it() -> None:
    threshold = tracking(np.array([1.0, 2.0, 3.0]), rate=0.01, gain=0.5)
    # The deviation is 1, so the step 0.5; the third smallest of three scores comes first.
    thresholds, flags = threshold.judge(np.array([3.5, 3.0, 0.0]))
    assert thresholds.tolist() == pytest.approx([3.0, 3.0 + 0.5 * 0.99, 3.0 + 0.5 * 0.98])
    assert flags.tolist() == [True, False, False]
    assert threshold.level == pytest.approx(3.0 + 0.5 * 0.97)


@pytest.mark.parametrize("window", [2, 3, 50, 777])
def test_a_running_threshold_is_that_of_its_window_made_anew(window: int) -> None:
    random = np.random.default_rng(window)
    held_out = random.gamma(2.0, size=100)
    scores = np.concatenate(
        [random.gamma(2.0, size=800), random.gamma(2.0, 5.0, size=800), np.full(900, 1e-3)]
    )
    values = held_out.tolist()[-window:]
    threshold = running(held_out, window)
    thresholds, _ = threshold.judge(scores)
    for level, score in zip(thresholds.tolist(), scores.tolist(), strict=True):
        wanted = statistics.fmean(values) + 3.0 * statistics.stdev(values)
        assert level == pytest.approx(wanted, rel=1e-9, abs=1e-6)
        values = [*values, min(score, level)][-window:]


def test_equal_scores_have_a_threshold_that_they_do_not_pass() -> None:
    thresholds, flags = running(np.full(50, 0.7), window=40).judge(np.full(200, 0.7))
    assert thresholds.tolist() == pytest.approx([0.7] * 200, abs=1e-12)
    assert not flags.any()


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_the_share_of_flags_goes_to_the_rate_after_a_change_of_level(rate: float) -> None:
    random = np.random.default_rng(5)
    threshold = tracking(random.gamma(2.0, size=500), rate, gain=0.05)
    first = threshold.level
    _, flags = threshold.judge(random.gamma(2.0, 3.0, size=20_000))
    assert flags[:50].mean() > 2 * rate
    # What the threshold moved is what the flags were more than the rate. It is bounded, and so is the share.
    assert flags.mean() - rate == pytest.approx((threshold.level - first) / threshold.step / 20_000)
    assert flags[5000:].mean() == pytest.approx(rate, abs=0.2 * rate)


@pytest.mark.parametrize("window", [-1, 0, 1])
def test_a_window_that_has_no_deviation_is_refused(window: int) -> None:
    with pytest.raises(ValueError, match=f"the window has {window} scores"):
        running(np.ones(5), window)


@pytest.mark.parametrize(
    ("rate", "gain"), [(0.0, 1.0), (1.0, 1.0), (math.nan, 1.0), (0.1, 0.0), (0.1, math.inf), (0.1, math.nan)]
)
def test_a_rate_or_gain_out_of_range_is_refused(rate: float, gain: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        tracking(np.ones(5), rate, gain)


@pytest.mark.parametrize("make", [running, tracking])
def test_one_score_sets_no_threshold(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="at least two scores"):
        make(np.ones(1))
