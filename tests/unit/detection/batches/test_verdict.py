"""The verdict on a row.

The smallest example: temperature is 1.2 times its threshold and the joint detector 1.5 times its own, through
pressure: the row is an anomaly of severity 1.5 for the reason `joint:pressure`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.detection.batches.forest_detector import ForestScores
from anomaly_container.detection.batches.joint import JointScores
from anomaly_container.detection.batches.options import Detector, Options
from anomaly_container.detection.batches.verdict import judge
from anomaly_container.detection.batches.zscore import Scores

NAMES = ["temperature", "pressure"]
OPTIONS = Options.of(2)


def zscores(severity: list[list[float]]) -> Scores:
    levels = np.array(severity)
    two = np.ones(2)
    return Scores(two > 0.0, two, two, 4.0 * two, 4.0 * levels, levels > 1.0, levels, two < 0.0)


def joint(severity: list[float], column: list[int]) -> JointScores:
    levels = np.array(severity)
    return JointScores(4.0 * levels, 4.0, levels > 1.0, np.nan_to_num(levels), np.array(column))


def forest(severity: list[float]) -> ForestScores:
    levels = np.array(severity)
    return ForestScores(levels / 2.0, 0.5, levels > 1.0, levels)


def test_the_greatest_severity_gives_the_reason() -> None:
    found = judge(zscores([[1.2, 0.5], [0.1, 0.7]]), joint([1.5, 0.2], [1, -1]), None, OPTIONS)
    assert found.anomaly.tolist() == [True, False]
    assert found.severity.tolist() == [1.5, 0.7]
    assert found.reasons(NAMES) == ["joint:pressure", ""]


def test_the_column_of_a_z_score_is_the_flagged_one_with_the_greatest() -> None:
    found = judge(zscores([[1.2], [1.3]]), joint([1.1], [0]), None, OPTIONS)
    assert (found.severity.tolist(), found.reasons(NAMES)) == ([1.3], ["zscore:pressure"])


def test_a_detector_without_a_vote_counts_for_nothing() -> None:
    scores, jointly = zscores([[0.4], [0.3]]), joint([1.5], [1])
    silent = judge(scores, jointly, None, replace(OPTIONS, vote=frozenset({Detector.ZSCORE})))
    assert (silent.anomaly.tolist(), silent.severity.tolist()) == ([False], [0.4])
    off = judge(scores, jointly, None, replace(OPTIONS, detectors=frozenset({Detector.ZSCORE})))
    assert off.anomaly.tolist() == [False]
    alone = judge(
        zscores([[2.0], [0.3]]), joint([0.9], [-1]), None, replace(OPTIONS, vote=frozenset({Detector.JOINT}))
    )
    assert (alone.anomaly.tolist(), alone.severity.tolist()) == ([False], [0.9])


def test_a_forest_that_votes_names_the_column_farthest_from_its_centre() -> None:
    options = replace(OPTIONS, detectors=frozenset(Detector), vote=frozenset(Detector))
    found = judge(zscores([[0.2], [0.6]]), joint([0.5], [-1]), forest([1.4]), options)
    assert (found.severity.tolist(), found.reasons(NAMES)) == ([1.4], ["forest:pressure"])


def test_a_step_is_named_and_a_row_without_any_score_has_no_severity() -> None:
    scores = zscores([[2.0, 0.0], [0.0, 0.0]])
    scores.z[:] = np.nan
    stepped = replace(scores, steps=np.array([True, False]))
    found = judge(stepped, joint([np.nan, np.nan], [-1, -1]), None, OPTIONS)
    assert found.reasons(NAMES) == ["step:temperature", ""]
    assert found.severity.tolist() == pytest.approx([2.0, np.nan], nan_ok=True)


def test_a_flag_at_the_boundary_is_an_anomaly_of_severity_one() -> None:
    scores = zscores([[1.0], [0.2]])
    scores.flags[0] = True
    found = judge(scores, joint([1.0], [-1]), None, OPTIONS)
    assert (found.anomaly.tolist(), found.severity.tolist()) == ([True], [1.0])
    assert found.reasons(NAMES) == ["zscore:temperature"]
