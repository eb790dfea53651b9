"""The z-score detector.

The smallest example: a mature column of mean 10 and deviation 1 (1.0025 after the correction for what
trimming takes away): 14.5 is 4.4888 scales away, beyond the threshold of 4, and its severity is 4.4888 / 4 =
1.1222.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.detection.batches.channel import Channels
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.batches.options import Direction, Options
from anomaly_container.detection.batches.zscore import LARGEST, score


def mature(mean: float = 10.0, deviation: float = 1.0) -> Channels:
    known = Moments(np.array([100.0]), np.array([mean]), np.array([100.0 * deviation**2]))
    return replace(Channels.none(1), accepted=known)


def test_a_value_beyond_the_threshold() -> None:
    found = score(mature(), np.array([[14.5, 13.9, np.nan]]), Options.of(1))
    assert found.z.round(4).tolist()[0][:2] == [4.4888, 3.8903]
    assert found.flags.tolist() == [[True, False, False]]
    assert found.severity.round(4).tolist() == [[1.1222, 0.9726, 0.0]]
    assert found.has_flags.tolist() == [True]


def test_the_second_look_needs_thirty_values_far_from_the_others() -> None:
    # The block lies at 9.7 with a deviation of 0.5: 13.7 is 3.69 scales of the baseline from its mean.
    block = np.append(9.7 + 0.5 * np.sin(np.arange(29.0)), 13.7)[None]
    found = score(mature(), block, Options.of(1))
    assert found.flags.sum() == 1
    assert found.severity[0, -1] == 1.0
    assert abs(found.z[0, -1]) < 4.0
    assert not score(mature(), block[:, 1:], Options.of(1)).flags.any()
    wide = np.append(10.0 + 1.4 * np.sin(np.arange(60.0)), 13.7)[None]
    assert not score(mature(), wide, Options.of(1)).flags.any()


def test_a_direction_takes_the_flags_of_the_other_side() -> None:
    values = np.array([[4.0, 16.0]])
    for direction, flags, severity in (
        (Direction.UP, [False, True], [0.0, 1.4963]),
        (Direction.DOWN, [True, False], [1.4963, 0.0]),
        (Direction.BOTH, [True, True], [1.4963, 1.4963]),
    ):
        found = score(mature(), values, Options.of(1, direction=direction))
        assert found.flags.tolist() == [flags]
        assert found.severity.round(4).tolist() == [severity]


def test_less_than_the_least_deviation_is_never_flagged() -> None:
    found = score(mature(), np.array([[14.5, 15.0, 14.9]]), Options.of(1, min_deviation=5.0))
    assert found.flags.tolist() == [[False, True, False]]
    assert found.severity[0] == pytest.approx([0.9, 5.0 / 4.01, 0.98])


def test_a_constant_column_that_moves_is_a_step_if_there_is_a_least_deviation() -> None:
    values = np.array([[10.0, 10.125, 10.25, 10.5, np.nan]])
    found = score(mature(deviation=0.0), values, Options.of(1, min_deviation=0.25))
    assert found.flags.tolist() == [[False, False, True, True, False]]
    assert found.severity.tolist() == [[0.0, 0.5, 1.0, 2.0, 0.0]]
    assert found.steps.tolist() == found.has_flags.tolist() == [True]
    assert np.isnan(found.z).all()
    silent = score(mature(deviation=0.0), values, Options.of(1))
    assert not silent.flags.any()
    assert silent.has_flags.tolist() == [False]


def test_an_immature_column_is_scored_by_the_block_from_twelve_values_on() -> None:
    values = np.append(np.tile([9.0, 10.0, 11.0], 4), 40.0)[None]
    found = score(Channels.none(1), values, Options.of(1))
    assert np.flatnonzero(found.flags).tolist() == [12]
    assert not found.mature.any()
    few = score(Channels.none(1), values[:, 2:], Options.of(1))
    assert np.isnan(few.z).all()
    assert few.has_flags.tolist() == [False]


def test_no_score_is_infinite() -> None:
    found = score(mature(deviation=1e-200), np.array([[1e150, -1e150]]), Options.of(1))
    assert np.isfinite(found.severity).all()
    tiny = replace(Channels.none(1), accepted=Moments(np.array([100.0]), np.array([0.0]), np.array([1e-320])))
    found = score(tiny, np.array([[1e150, -1e150]]), Options.of(1))
    assert found.z.tolist() == [[LARGEST, -LARGEST]]


def test_a_column_is_mature_from_its_thirtieth_observation_on() -> None:
    for count, expected in ((29.0, False), (30.0, True)):
        known = replace(
            Channels.none(1), accepted=Moments(np.array([count]), np.array([10.0]), np.array([count]))
        )
        found = score(known, np.array([[14.5]]), Options.of(1))
        assert found.mature.tolist() == found.flags[0].tolist() == [expected]


def test_a_least_deviation_of_one_column_leaves_the_others_as_they_are() -> None:
    two = Moments(np.full(2, 100.0), np.full(2, 10.0), np.full(2, 100.0))
    options = replace(Options.of(2), min_deviation=np.array([0.0, 5.0]))
    found = score(replace(Channels.none(2), accepted=two), np.array([[14.5, 10.0], [14.5, 10.0]]), options)
    assert found.flags.tolist() == [[True, False], [False, False]]
    assert found.severity.round(4).tolist() == [[1.1222, 0.0], [0.9, 0.0]]
