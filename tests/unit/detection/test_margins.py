from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection import MarginRule
from anomaly_container.detection.constants import (
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    MODEL_SPECTRAL_RESIDUAL,
    MODEL_SPECTRAL_Z_SCORE,
)
from anomaly_container.detection.findings import Findings
from anomaly_container.detection.margins import _severity_v3, band
from tests.naive.margins import Row, anomaly_score, margins_v1, margins_v3
from tests.unit.detection.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.margins import Band
    from anomaly_container.detection.types import FloatArray

SPECTRAL = (MODEL_SPECTRAL_RESIDUAL, MODEL_SPECTRAL_Z_SCORE)
MODELS = (
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    *SPECTRAL,
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
)


def case(seed: int, model_id: int, *, level: float = 10.0) -> tuple[FloatArray, Findings]:
    """Return values and findings: close and far points, equal ones, on both sides, one expected at zero."""
    rng = np.random.default_rng(seed)
    size = 25
    trend = level + np.cumsum(rng.standard_normal(size))
    expected = trend + np.round(rng.standard_normal(size), 1)
    values = expected + rng.standard_normal(size) * rng.choice([0.0, 1e-9, 1e-4, 0.02, 1.0, 30.0], size)
    expected[rng.integers(size)] = 0.0
    values[-1] = expected[-1] + rng.choice([-3.0, -0.01, 0.01, 3.0])
    flags = rng.random(size) < 0.4
    scores = np.empty(0)
    if model_id in SPECTRAL:
        scores = np.where(flags, 1.0, np.clip(rng.standard_normal(size), 0.0, 1.0))
    return values, Findings(flags, expected, trend, model_id, scores)


def twin_rows(
    values: FloatArray, findings: Findings, rule: MarginRule, sensitivity: int, last_only: bool
) -> list[Row]:
    """Judge row by row."""
    rows = []
    for point, (value, expected) in enumerate(zip(values.tolist(), findings.expected.tolist(), strict=True)):
        flagged = bool(findings.flags[point]) and abs(value - expected) >= 1e-8
        rows.append(
            Row(
                value,
                expected,
                float(findings.trend[point]),
                flagged,
                negative=flagged and expected > value,
                positive=flagged and not expected > value,
                score=float(findings.scores[point]) if findings.scores.size else 0.0,
            )
        )
    if rule is MarginRule.V1:
        margins_v1(rows, sensitivity, findings.model_id)
    else:
        margins_v3(rows, sensitivity, last_only)
    return rows


def assert_band_is(drawn: Band, rows: list[Row], scale: float) -> None:
    assert_within(drawn.upper, [row.upper for row in rows], 1e-13, scale=scale)
    assert_within(drawn.lower, [row.lower for row in rows], 1e-13, scale=scale)
    assert_equal(drawn.is_negative, [row.negative for row in rows])
    assert_equal(drawn.is_positive, [row.positive for row in rows])
    assert_within(drawn.severity, [row.severity for row in rows], 1e-13, scale=1.0)


@pytest.mark.parametrize("rule", MarginRule)
@pytest.mark.parametrize("sensitivity", range(101))
def test_the_band_is_that_of_the_twin(sensitivity: int, rule: MarginRule) -> None:
    for model_id, last_only in product(MODELS, (False, True)):
        values, findings = case(sensitivity * 100 + model_id, model_id)
        drawn = band(values, findings, rule, sensitivity, last_only)
        assert_band_is(drawn, twin_rows(values, findings, rule, sensitivity, last_only), 100.0)


@pytest.mark.parametrize("rule", MarginRule)
@pytest.mark.parametrize("model_id", MODELS)
@pytest.mark.parametrize("level", [-50.0, 0.0, 1e6, 1e-9])
def test_the_band_at_other_levels(level: float, model_id: int, rule: MarginRule) -> None:
    values, findings = case(7, model_id, level=0.0)
    for unit in (1.0, 1e-6):
        moved = replace(
            findings, expected=level + unit * findings.expected, trend=level + unit * findings.trend
        )
        for sensitivity in (0, 60, 95, 99, 100):
            drawn = band(level + unit * values, moved, rule, sensitivity, last_only=False)
            rows = twin_rows(level + unit * values, moved, rule, sensitivity, last_only=False)
            assert_band_is(drawn, rows, max(abs(level), 100.0))


@pytest.mark.parametrize("rule", MarginRule)
@pytest.mark.parametrize("flagged", [False, True])
@pytest.mark.parametrize("model_id", [MODEL_SEASONAL, MODEL_SPECTRAL_RESIDUAL])
@pytest.mark.parametrize("last_only", [False, True])
def test_all_or_none_flagged(last_only: bool, model_id: int, flagged: bool, rule: MarginRule) -> None:
    for sensitivity in (0, 50, 99, 100):
        values, findings = case(3, model_id)
        scores = np.full(values.size, 0.5) if findings.scores.size else findings.scores
        findings = replace(findings, flags=np.full(values.size, flagged), scores=scores)
        drawn = band(values, findings, rule, sensitivity, last_only)
        assert_band_is(drawn, twin_rows(values, findings, rule, sensitivity, last_only), 100.0)


def simple(values: list[float], expected: list[float], flags: list[bool]) -> tuple[FloatArray, Findings]:
    trend = np.array(expected)
    return np.array(values), Findings(np.array(flags), trend, trend, MODEL_SEASONAL)


@pytest.mark.parametrize("rule", MarginRule)
def test_a_point_as_expected_is_forgiven(rule: MarginRule) -> None:
    values, findings = simple([5.0, 5.0, 5.0 + 9e-9], [5.0, 5.0, 5.0], [True, False, True])
    drawn = band(values, findings, rule, 100, last_only=False)
    assert not (drawn.is_negative | drawn.is_positive).any()


def test_v1_draws_a_percentage_within_the_data() -> None:
    values, findings = simple([10.0, 10.0, 12.0, 7.0, 10.0], [10.0] * 5, [False, False, True, True, False])
    drawn = band(values, findings, MarginRule.V1, 85, last_only=False)
    assert_within(drawn.upper, [1.5] * 5, 1e-15)
    assert_within(drawn.lower, [1.5] * 5, 1e-15)
    assert drawn.is_positive.tolist() == [False, False, True, False, False]
    assert drawn.is_negative.tolist() == [False, False, False, True, False]
    assert_within(drawn.severity, [0.0, 0.0, 0.2, 0.3, 0.0], 1e-15)
    wide = band(values, findings, MarginRule.V1, 50, last_only=False)
    # 10 + 5 is cut to the largest value; 10 - 5 stays, since all lower boundaries lie below the data.
    assert_within(wide.upper, [2.0] * 5, 1e-15)
    assert_within(wide.lower, [5.0] * 5, 1e-15)
    assert not (wide.is_negative | wide.is_positive).any()


def test_v1_draws_the_band_around_points_that_leave_it_unflagged() -> None:
    values, findings = simple([10.0, 10.0, 13.0, 6.0], [10.0] * 4, [False] * 4)
    drawn = band(values, findings, MarginRule.V1, 90, last_only=False)
    assert_within(drawn.upper, [1.0, 1.0, 3.03, 4.04], 1e-15)
    assert_within(drawn.lower, [1.0, 1.0, 3.03, 4.04], 1e-15)


def test_v1_takes_all_flags_at_sensitivity_100() -> None:
    values, findings = simple([10.0, 10.5, 9.5], [10.0] * 3, [False, True, False])
    drawn = band(values, findings, MarginRule.V1, 100, last_only=False)
    assert drawn.is_positive.tolist() == [False, True, False]
    assert_within(drawn.upper, [0.0, 0.0, 0.505], 1e-15)
    assert_within(drawn.lower, [0.0, 0.0, 0.505], 1e-15)


def test_v1_keeps_flags_within_the_band_at_sensitivity_100() -> None:
    values, findings = simple([0.0, 10.0, 10.05], [10.0] * 3, [False, False, True])
    normal = replace(findings, model_id=MODEL_SPECTRAL_RESIDUAL, scores=np.zeros(3))
    # One percent of the range is the margin of normal points, whatever the sensitivity.
    kept = band(values, normal, MarginRule.V1, 100, last_only=False)
    assert kept.is_positive.tolist() == [False, False, True]
    assert kept.upper[2] == kept.lower[2] == 0.0
    lost = band(values, normal, MarginRule.V1, 99, last_only=False)
    assert not lost.is_positive.any()
    assert lost.lower[2] == pytest.approx(0.1005)


def test_v1_measures_severity_at_zero_by_a_floor() -> None:
    values, findings = simple(
        [0.1, 0.0, -5.0, 0.2, 1.0], [0.0, 0.0, 0.0, 9e-9, 2.0], [True, False, True, True, True]
    )
    drawn = band(values, findings, MarginRule.V1, 99, last_only=False)
    assert_within(drawn.severity, [0.1 / 0.3, 0.0, 1.0, 0.2 / 0.3, 0.5], 1e-7)


def test_v3_leaves_a_third_on_the_far_side() -> None:
    values, findings = simple([11.0, 9.0, 10.0], [10.0] * 3, [False] * 3)
    drawn = band(values, findings, MarginRule.V3, 100, last_only=False)
    assert_within(drawn.upper, [1.0, 1 / 3, 0.0], 1e-15)
    assert_within(drawn.lower, [1 / 3, 1.0, 0.0], 1e-15)


def test_v3_is_thin_at_sensitivity_99_alone() -> None:
    # The unit is 10 and the factor 0.0003: delta is 0.003.
    values, findings = simple(
        [10.002, 10.0, 10.0, 9.9999997, 10.5], [10.0] * 5, [True, False, False, True, True]
    )
    thin = band(values, findings, MarginRule.V3, 99, last_only=False)
    assert_within(thin.upper[[0, 3, 4]], [0.001, 0.003, 0.003], 1e-10)
    assert thin.is_positive.tolist() == [True, False, False, False, True]
    wide = band(values, findings, MarginRule.V3, 98, last_only=False)
    assert_within(wide.upper[[0, 3, 4]], [0.02225] * 3, 1e-10)
    assert wide.is_positive.tolist() == [False, False, False, False, True]


def test_v3_measures_by_the_level_of_points_that_are_still_flagged() -> None:
    # The first point is flagged and forgiven: half of 10 and half of (100 + 10 + 10) / 3.
    values, findings = simple(
        [100.0, 10.0, 10.0, 30.0], [100.0, 10.0, 10.0, 10.0], [True, False, False, True]
    )
    dense = replace(findings, model_id=MODEL_SPECTRAL_RESIDUAL, scores=np.array([1.0, 0.0, 0.0, 1.0]))
    for found, last_only in product((findings, dense), (False, True)):
        assert band(values, found, MarginRule.V3, 55, last_only).upper[3] == 25.0


def test_v3_units_are_three_tenths_at_least() -> None:
    values, findings = simple([0.5, 0.0, 0.0], [0.0] * 3, [True, False, False])
    assert band(values, findings, MarginRule.V3, 55, last_only=False).upper[0] == pytest.approx(0.3)
    values, findings = simple([0.5, 0.1, 0.1], [0.1] * 3, [True, False, False])
    assert band(values, findings, MarginRule.V3, 55, last_only=False).upper[0] == pytest.approx(0.3)


def test_v3_keeps_the_severity_of_a_last_point_the_band_takes_back() -> None:
    values, findings = simple([10.0, 10.0, 15.0], [10.0] * 3, [False, False, True])
    for last_only in (False, True):
        drawn = band(values, findings, MarginRule.V3, 50, last_only=last_only)
        assert not drawn.is_positive.any()
        assert (drawn.severity[2] > 0.0) == last_only


def test_severity_is_the_place_among_the_factors() -> None:
    ladder = np.concatenate(
        (
            [0.0],
            np.geomspace(1e-6, 2000.0, 500),
            np.linspace(0.0, 540.0, 541),
            [0.0003, 0.012, 1.0, 532.0, 1e300],
        )
    )
    severity = _severity_v3(ladder)
    assert_within(severity, [anomaly_score(distance, 1.0) / 100 for distance in ladder.tolist()], 1e-12)
    assert (severity[0], severity[-1]) == (0.0, 1.0)
    assert (np.diff(_severity_v3(np.sort(ladder))) >= 0.0).all()
