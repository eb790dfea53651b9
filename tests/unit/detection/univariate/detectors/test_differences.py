from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate.detectors.differences import (
    _take_over,
    merge_differences,
    stationary_order,
)
from anomaly_container.detection.univariate.detectors.dynamic_threshold import detect_dynamic
from anomaly_container.detection.univariate.detectors.findings import Findings
from anomaly_container.detection.univariate.detectors.spectral_residual import detect_spectral
from anomaly_container.detection.univariate.stationarity.stationarity import difference
from tests.naive.univariate import delta as naive
from tests.naive.univariate import engine
from tests.support.signals import random_walk, rounded, steps, trend, twice_summed, white, with_one_spike
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray


def jumping(n: int, seed: int) -> FloatArray:
    """A walk with three jumps: stationary after one difference, in which they stand out."""
    values = random_walk(n, seed)
    for where in np.random.default_rng(seed).choice(np.arange(3, n - 3), 3, replace=False):
        values[where:] += 15.0
    return values


def kinked(n: int, seed: int) -> FloatArray:
    """A twice summed series with kinks: stationary after two differences."""
    values = twice_summed(n, seed)
    for where in np.random.default_rng(seed).choice(np.arange(3, n - 3), 2, replace=False):
        values[where:] += 20.0 * np.arange(n - where)
    return values


SERIES: dict[str, FloatArray] = {
    **{f"walk {seed}": random_walk(60 + 9 * seed, seed) for seed in range(4)},
    **{f"jumping walk {seed}": jumping(60 + 9 * seed, seed) for seed in range(6)},
    **{f"kinked {seed}": kinked(70 + 9 * seed, seed) for seed in range(6)},
    **{f"trend {seed}": trend(60 + seed, seed, slope=0.3) for seed in range(3)},
    "noise": white(80, 1),
    "levels": steps(120, 2),
    "counts": rounded(jumping(90, 3)),
    "jump to the last point": with_one_spike(random_walk(70, 4), 69, 25.0),
}


def detected(findings: Findings) -> naive.Detection:
    """Give the twin what the kernel's detector found."""
    scores = findings.scores if findings.scores.size else np.zeros(findings.flags.size)
    return naive.Detection(
        set(np.flatnonzero(findings.flags).tolist()),
        scores.tolist(),
        findings.expected.tolist(),
        findings.trend.tolist(),
        findings.model_id,
    )


def both(
    values: FloatArray, found: Findings, ratio: float, detect: Callable[[FloatArray, float], Findings]
) -> tuple[Findings, naive.Detection]:
    def run(series: Sequence[float], share: float) -> naive.Detection:
        return detected(detect(np.array(series), share))

    merged = merge_differences(values, found, ratio, detect)
    return merged, naive.delta_merge(run, values.tolist(), detected(found), ratio)


def assert_merged_as(merged: Findings, twin: naive.Detection, scale: float) -> None:
    assert set(np.flatnonzero(merged.flags).tolist()) == twin.flagged
    assert_within(merged.expected, twin.expected, 1e-12, scale=scale)
    assert_within(merged.trend, twin.trend, 1e-12, scale=scale)
    if merged.scores.size:
        assert_equal(merged.scores, twin.scores)
    assert merged.model_id == twin.model_id


@pytest.mark.parametrize("ratio", [0.02, 0.1])
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_differences_of_sparse_series_add_what_the_twin_adds(
    kind: str, last_only: bool, ratio: float
) -> None:
    values = SERIES[kind]
    found = detect_dynamic(values, ratio, last_only)
    detect = partial(detect_dynamic, last_only=last_only, trend=found.trend)
    merged, twin = both(values, found, ratio, detect)
    assert_merged_as(merged, twin, float(np.abs(values).max()))


@pytest.mark.parametrize("ratio", [0.02, 0.25])
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_differences_of_dense_series_add_what_the_twin_adds(kind: str, last_only: bool, ratio: float) -> None:
    values = SERIES[kind]
    detect = partial(detect_spectral, last_only=last_only, with_trend=True)
    merged, twin = both(values, detect(values, ratio), ratio, detect)
    assert_merged_as(merged, twin, float(np.abs(values).max()))


@pytest.mark.parametrize("ratio", [0.02, 0.1])
@pytest.mark.parametrize("kind", ["jumping walk 1", "kinked 2", "jump to the last point"])
def test_the_twin_agrees_with_its_own_detector_too(kind: str, ratio: float) -> None:
    """The second run starts from the first one's trend, or its own: no new anomaly takes it over."""
    values = SERIES[kind]
    found = detect_dynamic(values, ratio, last_only=False)
    detect = partial(detect_dynamic, last_only=False, trend=found.trend)

    def run(series: Sequence[float], share: float) -> naive.Detection:
        return engine.run_dynamic(series, 0, share, last_mode=False)

    twin = naive.delta_merge(run, values.tolist(), run(values.tolist(), ratio), ratio)
    merged = merge_differences(values, found, ratio, detect)
    assert_merged_as(merged, twin, float(np.abs(values).max()))


def test_first_and_second_differences_both_add_anomalies() -> None:
    added = set()
    for values in SERIES.values():
        found = detect_dynamic(values, 0.1, last_only=False)
        detect = partial(detect_dynamic, last_only=False, trend=found.trend)
        merged = merge_differences(values, found, 0.1, detect)
        order = stationary_order(values)
        if np.count_nonzero(merged.flags) > np.count_nonzero(found.flags):
            added.add(order)
        elif order == 0:
            assert merged is found
    assert added == {1, 2}


@pytest.mark.parametrize("kind", SERIES)
def test_the_order_is_that_of_the_twin(kind: str) -> None:
    assert stationary_order(SERIES[kind]) == naive.stationary_level(SERIES[kind].tolist())


def test_all_orders_occur() -> None:
    assert {stationary_order(values) for values in SERIES.values()} == {0, 1, 2}


def test_a_series_that_never_keeps_its_level_is_left_alone() -> None:
    rough = np.cumsum(np.cumsum(np.cumsum(random_walk(400, 5))))
    assert stationary_order(rough) == naive.stationary_level(rough.tolist()) == 0


class Recorder:
    """A detector that flags fixed points and remembers what it was given."""

    def __init__(self, flagged: Sequence[int], size: int) -> None:
        self.calls: list[tuple[FloatArray, float]] = []
        self._flags = np.isin(np.arange(size), flagged)

    def __call__(self, values: FloatArray, ratio: float) -> Findings:
        self.calls.append((values, ratio))
        index = np.arange(float(values.size))
        return Findings(self._flags, 10.0 * index, 100.0 * index, 99, np.full(values.size, 0.75))


def first_run(size: int, flagged: Sequence[int]) -> Findings:
    index = np.arange(float(size))
    return Findings(np.isin(index, flagged), 1000.0 + index, 5000.0 + index, 20, np.full(size, 0.25))


def test_first_differences_step_from_the_expectation_before() -> None:
    values = random_walk(60, 1)
    assert stationary_order(values) == 1
    second = Recorder([0, 5, 6, 20], 60)
    merged = merge_differences(values, first_run(60, [20, 30]), 0.1, second)
    assert np.flatnonzero(merged.flags).tolist() == [0, 5, 6, 20, 30]
    expected = 1000.0 + np.arange(60)
    # The step is from the first run's value before, also where that point is new itself; point 0 stays.
    expected[5], expected[6] = 1004.0 + 50.0, 1005.0 + 60.0
    trend_expected = 5000.0 + np.arange(60)
    trend_expected[5], trend_expected[6] = 5004.0 + 500.0, 5005.0 + 600.0
    assert_equal(merged.expected, expected)
    assert_equal(merged.trend, trend_expected)
    assert_equal(np.flatnonzero(merged.scores == 0.75), [0, 5, 6])
    assert merged.model_id == 20
    [(differences, share)] = second.calls
    assert_equal(differences, difference(values, 1))
    # int(6.0) flags may be made, two are spent.
    assert share == 4 / 60


def test_second_differences_are_summed_to_steps() -> None:
    values = twice_summed(70, 4)
    assert stationary_order(values) == 2
    second = Recorder([1, 4], 70)
    merged = merge_differences(values, first_run(70, []), 0.1, second)
    step = values[1] - values[0]
    assert merged.expected[1] == pytest.approx(1000.0 + step)
    assert merged.expected[4] == pytest.approx(1003.0 + step + 20.0 + 30.0 + 40.0)
    assert merged.trend[4] == pytest.approx(5003.0 + step + 200.0 + 300.0 + 400.0)
    assert_equal(second.calls[0][0], difference(values, 2))
    assert second.calls[0][1] == 7 / 70


def test_a_spent_budget_ends_the_search() -> None:
    values = random_walk(60, 1)
    second = Recorder([5], 60)
    spent = first_run(60, range(6))
    assert merge_differences(values, spent, 0.1, second) is spent
    assert not second.calls
    # One flag is always allowed.
    merge_differences(values, first_run(60, []), 0.001, second)
    assert second.calls[0][1] == 1 / 60


def test_nothing_new_changes_nothing() -> None:
    values = random_walk(60, 1)
    found = first_run(60, [20])
    assert merge_differences(values, found, 0.1, Recorder([20], 60)) is found


@pytest.mark.parametrize("order", [1, 2])
def test_taking_over_writes_a_copy(order: int) -> None:
    base, steps_, values = white(20, 1), white(20, 2), white(20, 3)
    new = np.arange(20) % 7 == 3
    for array in (base, steps_, values, new):
        array.flags.writeable = False
    merged = _take_over(base, steps_, new, order, values)
    assert_equal(merged[~new], base[~new])
    summed = naive.summed_again(steps_.tolist(), values.tolist()) if order == 2 else steps_.tolist()
    for point in np.flatnonzero(new).tolist():
        assert merged[point] == pytest.approx(base[point - 1] + summed[point])
