from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate.detectors.dynamic_threshold import detect_dynamic
from anomaly_container.detection.univariate.trend.interpolation import bridge
from anomaly_container.detection.univariate.trend.smoothing_spline import spline_trend
from tests.naive.univariate.dynamic import dynamic_threshold
from tests.support.signals import (
    almost_constant,
    constant,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    white,
    with_one_spike,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

SERIES: dict[str, FloatArray] = {
    "noise": white(90, 1),
    "12 points": white(12, 2),
    "spikes": spikes(white(100, 3), 3, count=5)[0],
    "spike at the last point": with_one_spike(white(101, 4), 100, 30.0),
    "counts with spikes": rounded(spikes(2 * white(80, 5), 5)[0]),
    "walk": random_walk(120, 6),
    "levels": steps(90, 7),
    "trend with spikes": spikes(trend(110, 8), 8)[0],
    "season": seasonal(84, 7, 9),
    "almost constant": almost_constant(70, 10),
    "almost constant, both sides": almost_constant(60, 11, others=9),
    "constant": constant(40),
    "millionths": 1e-6 * spikes(white(60, 12), 12)[0],
}


@pytest.mark.parametrize("ratio", [0.01, 0.25, 0.49])
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_the_findings_are_those_of_the_twin(kind: str, last_only: bool, ratio: float) -> None:
    values = SERIES[kind]
    found = detect_dynamic(values, ratio, last_only)
    twin = dynamic_threshold(values.tolist(), 0, ratio, last_only)
    assert set(np.flatnonzero(found.flags).tolist()) == twin.flagged
    assert_within(found.expected, twin.expected, 1e-11, scale=float(np.abs(values).max()))
    assert found.model_id == twin.model_id
    assert_equal(found.trend, found.expected)
    assert found.scores.size == 0


def test_a_majority_changes_the_model() -> None:
    models = {kind: detect_dynamic(values, 0.25, last_only=False).model_id for kind, values in SERIES.items()}
    assert models["almost constant, both sides"] == 41
    assert models["noise"] == models["constant"] == 40


def test_a_given_trend_stands_where_nothing_is_found() -> None:
    calm = np.sin(np.arange(60.0))
    assert not detect_dynamic(calm, 0.25, last_only=False).flags.any()
    assert_equal(detect_dynamic(calm, 0.25, last_only=False).expected, spline_trend(calm, 0))
    given = np.full(60, 7.0)
    assert_equal(detect_dynamic(calm, 0.25, last_only=False, trend=given).expected, given)


def test_the_trend_is_drawn_without_the_anomalies() -> None:
    values = SERIES["trend with spikes"]
    found = detect_dynamic(values, 0.25, last_only=False, trend=np.zeros(110))
    assert found.flags.any()
    assert_equal(found.expected, spline_trend(bridge(values, found.flags), None))
