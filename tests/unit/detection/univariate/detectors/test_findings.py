from __future__ import annotations

import numpy as np

from anomaly_container.detection.univariate.detectors.findings import Findings
from tests.unit.detection.univariate.agreement import assert_equal


def test_findings_at_some_points() -> None:
    index = np.arange(6.0)
    found = Findings(index % 2 == 0, index + 10.0, index + 20.0, 20, index / 10)
    some = found.at(np.array([0, 3, 4]))
    assert_equal(some.flags, [True, False, True])
    assert_equal(some.expected, [10.0, 13.0, 14.0])
    assert_equal(some.trend, [20.0, 23.0, 24.0])
    assert_equal(some.scores, [0.0, 0.3, 0.4])
    assert some.model_id == 20
    assert found.flags.size == 6


def test_findings_without_scores_have_none_at_any_point() -> None:
    index = np.arange(6.0)
    found = Findings(index < 0, index + 10.0, index + 20.0, 10)
    assert found.scores.size == found.at(np.array([1, 5])).scores.size == 0
