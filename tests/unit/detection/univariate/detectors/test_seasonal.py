from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import StlRule
from anomaly_container.detection.univariate.decomposition.decompose import decompose
from anomaly_container.detection.univariate.detectors.seasonal import _to_redraw, detect_seasonal
from anomaly_container.detection.univariate.trend.interpolation import bridge
from tests.naive.univariate import seasonal as naive
from tests.support.signals import (
    almost_constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    with_one_spike,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

SERIES: dict[str, tuple[FloatArray, int]] = {
    "season with spikes": (spikes(seasonal(42, 7, 1), 1)[0], 7),
    "spike at the last point": (with_one_spike(seasonal(43, 7, 2), 42, 60.0), 7),
    "season that breaks off": (np.append(seasonal(40, 6, 3), np.full(3, 160.0)), 6),
    "counts": (rounded(seasonal(48, 6, 4, amplitude=3.0, level=4.0)), 6),
    "growing season": (with_one_spike(growing_seasonal(42, 6, 5), 30, 400.0), 6),
    "walk": (random_walk(40, 6), 5),
    "levels": (steps(45, 7), 9),
    "almost constant": (almost_constant(40, 8), 4),
    "pairs": (spikes(rounded(seasonal(31, 2, 9)), 9)[0], 2),
    "triples": (spikes(seasonal(31, 3, 10), 10)[0], 3),
    "shortest": (spikes(seasonal(15, 7, 11), 11, count=2)[0], 7),
}


@pytest.mark.parametrize(
    ("rule", "last_only"),
    [(StlRule.SERVICE, False), (StlRule.SERVICE, True), (StlRule.PUBLISHED, True)],
)
@pytest.mark.parametrize("kind", SERIES)
def test_the_findings_are_those_of_the_twin(kind: str, last_only: bool, rule: StlRule) -> None:
    values, period = SERIES[kind]
    found = detect_seasonal(values, period, 0.25, rule, last_only)
    twin = naive.seasonal(values.tolist(), period, 0.25, last_only, rule.value)
    assert set(np.flatnonzero(found.flags).tolist()) == twin.flagged
    scale = float(np.abs(values).max())
    assert_within(found.expected, twin.expected, 1e-12, scale=scale)
    assert_within(found.trend, twin.trend, 1e-12, scale=scale)
    assert found.model_id == twin.model_id
    assert found.scores.size == 0


def test_one_point_of_each_tail_may_always_be_an_anomaly() -> None:
    values, period = SERIES["season with spikes"]
    found = detect_seasonal(values, period, 1e-9, StlRule.SERVICE, last_only=False)
    assert found.flags.any()
    assert np.count_nonzero(found.flags) <= 2
    assert np.abs(values[found.flags] - 100.0).min() > 30.0


def test_a_majority_changes_the_model() -> None:
    models = {
        detect_seasonal(values, period, 0.25, StlRule.SERVICE, last_only=False).model_id
        for values, period in SERIES.values()
    }
    assert models == {10, 11}


def test_the_trend_is_drawn_through_anomalies() -> None:
    values, period = SERIES["season with spikes"]
    found = detect_seasonal(values, period, 0.25, StlRule.SERVICE, last_only=False)
    fit = decompose(values, period, StlRule.SERVICE, last_only=False)
    assert found.flags.any()
    assert_equal(found.trend, bridge(fit.trend, found.flags))
    assert_equal(found.expected, found.trend + fit.seasonal)


def test_half_a_tail_of_anomalies_takes_the_whole_tail_with_it() -> None:
    values, period = SERIES["season that breaks off"]
    found = detect_seasonal(values, period, 0.25, StlRule.SERVICE, last_only=False)
    fit = decompose(values, period, StlRule.SERVICE, last_only=False)
    assert np.count_nonzero(found.flags[-3:]) >= 2
    assert_equal(found.trend[-3:], np.full(3, found.trend[-4]))
    assert (fit.trend[-3:] != found.trend[-3:]).any()


@pytest.mark.parametrize(
    ("anomalies", "tail", "redrawn"),
    [
        ([6], 1, [6]),
        ([5], 1, [5]),
        ([0, 5], 2, [0, 5, 6]),
        ([4], 2, [4]),
        ([6], 3, [6]),
        ([4, 6], 3, [4, 5, 6]),
        ([2, 3], 4, [2, 3]),
        # Points 3 and 6 are half of the last four.
        ([2, 3, 6], 4, [2, 3, 4, 5, 6]),
    ],
)
def test_what_is_redrawn(anomalies: list[int], tail: int, redrawn: list[int]) -> None:
    marked = np.isin(np.arange(7), anomalies)
    marked.flags.writeable = False
    assert np.flatnonzero(_to_redraw(marked, tail)).tolist() == redrawn
