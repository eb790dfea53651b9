"""What holds for every series and every choice that the contract lets through."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.detection.univariate import (
    ChangePointResult,
    EntireResult,
    ImputeMode,
    LastResult,
    MarginRule,
    Options,
    Series,
    change_points,
    entire,
    last,
)
from anomaly_container.detection.univariate.constants import (
    DEFAULT_WINDOW,
    MODEL_DYNAMIC_THRESHOLD,
    MODEL_DYNAMIC_THRESHOLD_MAJORITY,
    MODEL_SEASONAL,
    MODEL_SEASONAL_MAJORITY,
    MODEL_SPECTRAL_RESIDUAL,
    MODEL_SPECTRAL_Z_SCORE,
)
from tests.property.judgement import MODES, assert_identical, judge
from tests.property.strategies import (
    ChangePointQuestion,
    Question,
    change_point_questions,
    examples,
    heavy_tails,
    questions,
    ratios,
    seeds,
    sensitivities,
)
from tests.support import signals

SEASONAL = {MODEL_SEASONAL, MODEL_SEASONAL_MAJORITY}
SPECTRAL = {MODEL_SPECTRAL_RESIDUAL, MODEL_SPECTRAL_Z_SCORE}
DYNAMIC = {MODEL_DYNAMIC_THRESHOLD, MODEL_DYNAMIC_THRESHOLD_MAJORITY}

both_modes = pytest.mark.parametrize("mode", MODES)
both_rules = pytest.mark.parametrize("rule", MarginRule)


@examples(120)
@given(question=questions())
def test_entire_judges_every_point_in_finite_numbers(question: Question) -> None:
    series, options = question
    result = entire(series, options)
    assert type(result.period) is int
    assert result.period >= 0
    for numbers in (result.expected_values, result.upper_margins, result.lower_margins, result.severity):
        assert numbers.shape == series.values.shape
        assert numbers.dtype == np.float64
        assert np.isfinite(numbers).all()
    for flags in (result.is_anomaly, result.is_negative_anomaly, result.is_positive_anomaly):
        assert flags.shape == series.values.shape
        assert flags.dtype == np.bool_
    assert (result.upper_margins >= 0.0).all()
    assert (result.lower_margins >= 0.0).all()
    assert (result.severity >= 0.0).all()
    assert (result.severity <= 1.0).all()
    negative, positive = result.is_negative_anomaly, result.is_positive_anomaly
    np.testing.assert_array_equal(result.is_anomaly, negative | positive)
    assert not (negative & positive).any()
    assert result.model_id in SEASONAL | SPECTRAL - {MODEL_SPECTRAL_Z_SCORE} | DYNAMIC
    assert (result.model_id in SEASONAL) == (result.period > 1)


@examples(120)
@given(question=questions())
def test_last_judges_one_point_in_finite_numbers(question: Question) -> None:
    series, options = question
    result = last(series, options)
    assert type(result.period) is type(result.suggested_window) is int
    for number in (result.expected_value, result.upper_margin, result.lower_margin, result.severity):
        assert type(number) is float
        assert np.isfinite(number)
    for flag in (result.is_anomaly, result.is_negative_anomaly, result.is_positive_anomaly):
        assert type(flag) is bool
    assert result.upper_margin >= 0.0
    assert result.lower_margin >= 0.0
    assert 0.0 <= result.severity <= 1.0
    negative, positive = result.is_negative_anomaly, result.is_positive_anomaly
    assert result.is_anomaly == (negative or positive)
    assert not (negative and positive)
    assert result.model_id in SEASONAL | SPECTRAL | DYNAMIC
    assert result.period == entire(series, options).period
    window = 4 * result.period if result.period else DEFAULT_WINDOW[options.granularity]
    assert result.suggested_window == window + 1


@both_modes
@both_rules
@examples(48)
@given(question=questions())
def test_anomalies_are_the_points_outside_the_band(rule: MarginRule, mode: str, question: Question) -> None:
    """At any sensitivity: flags that the band takes back are gone, and unflagged points lie in it.

    Boundaries made from rounded numbers may be a few units in the last place off.
    """
    series, options = question
    found = judge(series, replace(options, margin_rule=rule), mode)
    above = found.values - (found.expected + found.upper)
    below = (found.expected - found.lower) - found.values
    assert (above[found.is_positive] >= -found.rounding[found.is_positive]).all()
    assert (below[found.is_negative] >= -found.rounding[found.is_negative]).all()
    assert found.is_positive[above > found.rounding].all()
    assert found.is_negative[below > found.rounding].all()


@both_modes
@examples(48)
@given(question=questions(rules=st.just(MarginRule.V3)))
def test_rule_v3_compares_with_the_very_margins_it_returns(mode: str, question: Question) -> None:
    found = judge(*question, mode)
    assert (found.values > found.expected + found.upper)[found.is_positive].all()
    assert (found.values < found.expected - found.lower)[found.is_negative].all()
    np.testing.assert_array_equal(found.upper[found.is_anomaly], found.lower[found.is_anomaly])


@both_modes
@examples(48)
@given(question=questions(rules=st.just(MarginRule.V1)))
def test_rule_v1_at_sensitivity_100_leaves_anomalies_no_margin(mode: str, question: Question) -> None:
    series, options = question
    found = judge(series, replace(options, sensitivity=100), mode)
    assert (found.upper[found.is_anomaly] == 0.0).all()
    assert (found.lower[found.is_anomaly] == 0.0).all()
    assert (found.values != found.expected)[found.is_anomaly].all()


@both_rules
@examples(32)
@given(question=questions())
def test_severity_tells_anomalies_from_normal_points(rule: MarginRule, question: Question) -> None:
    """Rule V3 gives a last point severity although the band takes its flag back; nothing else has it."""
    series, options = question
    options = replace(options, margin_rule=rule)
    found = judge(series, options, "entire")
    np.testing.assert_array_equal(found.severity > 0.0, found.is_anomaly)
    one = judge(series, options, "last")
    assert one.severity[0] > 0.0 or not one.is_anomaly[0]
    assert one.is_anomaly[0] or one.severity[0] == 0.0 or rule is MarginRule.V3


@st.composite
def crowded_seasons(draw: st.DrawFn) -> Question:
    """Return a season with jumps and heavy tails, in which the tests find more points than they may keep."""
    size, seed = draw(st.integers(40, 120)), draw(seeds)
    values = heavy_tails(size, 7, seed, 1.0) + signals.steps(size, seed)
    return Question(Series.without_gaps(values), Options(period=7))


@examples(100)
@given(question=questions() | crowded_seasons(), ratio=st.floats(1e-6, 0.1) | ratios)
def test_the_ratio_bounds_the_anomalies(question: Question, ratio: float) -> None:
    """ESD and z-score may spend the share once in each tail, the spectral residual once in all.

    Without season what is left of it is spent on differences, in each tail again, and may be rounded up.
    """
    series, options = question
    found = entire(series, replace(options, sensitivity=100, max_anomaly_ratio=ratio))
    count, size = int(np.count_nonzero(found.is_anomaly)), series.grid_length
    in_a_tail = min(max(ceil(size * ratio), 1), size // 2 - 1)
    if found.model_id in SEASONAL:
        assert count <= 2 * in_a_tail
    elif found.model_id in DYNAMIC:
        assert count <= 2 * (in_a_tail + 1)
    else:
        assert count <= max(int(size * ratio), 1)


@both_modes
@both_rules
@examples(32)
@given(question=questions(), lower=sensitivities)
def test_less_sensitivity_takes_flags_back_and_never_adds_any(
    rule: MarginRule, mode: str, question: Question, lower: int
) -> None:
    series, options = question
    high, low = max(options.sensitivity, lower), min(options.sensitivity, lower)
    many = judge(series, replace(options, margin_rule=rule, sensitivity=high), mode)
    few = judge(series, replace(options, margin_rule=rule, sensitivity=low), mode)
    assert (many.period, many.model_id) == (few.period, few.model_id)
    np.testing.assert_array_equal(many.expected, few.expected)
    assert not (few.is_negative & ~many.is_negative).any()
    assert not (few.is_positive & ~many.is_positive).any()


@both_modes
@examples(32)
@given(question=questions())
def test_the_margin_rule_changes_neither_period_nor_expected_values(mode: str, question: Question) -> None:
    series, options = question
    one, other = (judge(series, replace(options, margin_rule=rule), mode) for rule in MarginRule)
    assert (one.period, one.model_id) == (other.period, other.model_id)
    np.testing.assert_array_equal(one.expected, other.expected)


@both_modes
@examples(40)
@given(question=questions())
def test_giving_the_detected_period_changes_nothing(mode: str, question: Question) -> None:
    series, options = question
    detected = judge(series, replace(options, period=None), mode)
    given_it = judge(series, replace(options, period=detected.period), mode)
    assert_identical(detected, given_it)


@both_modes
@examples(32)
@given(question=questions(), impute_mode=st.sampled_from(ImputeMode))
def test_without_gaps_imputation_does_not_matter(
    mode: str, question: Question, impute_mode: ImputeMode
) -> None:
    series = Series.without_gaps(question.series.values)
    longest = (series.values.size - 1) // 2
    period = question.options.period
    options = replace(question.options, period=None if period is None else min(period, longest))
    assert_identical(
        judge(series, options, mode), judge(series, replace(options, impute_mode=impute_mode), mode)
    )


@examples(32)
@given(question=questions(), other=questions(), changes=change_point_questions())
def test_a_question_is_left_as_it_was_and_has_one_answer_whatever_is_asked_between(
    question: Question, other: Question, changes: ChangePointQuestion
) -> None:
    def ask() -> tuple[EntireResult, LastResult, ChangePointResult]:
        return entire(*question), last(*question), change_points(*changes)

    for series in (question.series, changes.series):
        series.values.flags.writeable = False
        series.slots.flags.writeable = False
    first = ask()
    judge(*other, "entire")
    judge(*other, "last")
    for one, another in zip(first, ask(), strict=True):
        assert_identical(one, another)


@examples(25)
@given(question=questions(), changes=change_point_questions())
def test_answers_own_their_memory(question: Question, changes: ChangePointQuestion) -> None:
    whole, found = entire(*question), change_points(*changes)
    for array in (whole.expected_values, whole.upper_margins, whole.lower_margins, whole.severity):
        assert array.flags.writeable
        assert not np.shares_memory(array, question.series.values)
    assert not np.shares_memory(found.confidence_scores, changes.series.values)
