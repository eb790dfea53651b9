"""Answers follow the unit, the level and the sign of a series as far as the rules imply it.

They do not follow where a rule has a number of its own in the unit of the values, so the series here stay
away from these:

- points within 1e-8 of their expected value lose their flag; the unit of rule V3 is at least 0.3; a MAD and
  the power of a guessed season count as nothing up to 1e-8;
- margins, units of V3 and severity are relative to the level, so a shift changes them;
- logarithms are tried where the mean relative remainder exceeds 0.10, hence the levels around 100;
- the regression of the ADF test is singular or not depending on the unit;
- ESD decides in single precision, so values must not nearly tie;
- the spectrum of a dense series contains its level, so the spectral residual follows no shift at all, and
  saliency takes square and cube roots, which are not exact for every power of two;
- the calendar guess pulls in high values alone, so the other sign may have another period.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anomaly_container.detection.univariate import Granularity, ImputeMode, MarginRule, Options, Series
from anomaly_container.detection.univariate.constants import KPSS_CRITICAL
from anomaly_container.detection.univariate.stationarity.stationarity import kpss_statistic
from tests.property.judgement import MODES, Judgement, assert_identical, judge
from tests.property.strategies import (
    Question,
    examples,
    moves_of_the_last,
    questions,
    seeds,
    shaped_values,
    with_last_moved,
)
from tests.support import signals

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

CLOSE = 1e-8
SPARSE = (Granularity.DAILY, Granularity.HOURLY, Granularity.MONTHLY, Granularity.NONE)
DENSE = (Granularity.MINUTELY, Granularity.SECONDLY)

both_modes = pytest.mark.parametrize("mode", MODES)
both_rules = pytest.mark.parametrize("rule", MarginRule)
perhaps = st.booleans()
powers_of_two = st.integers(-6, 200)
factors = st.floats(0.1, 1e6)


@st.composite
def seasons(draw: st.DrawFn, told: st.SearchStrategy[bool] = perhaps) -> Question:
    """Return six cycles or more of a season that stands out, far above zero, perhaps with gaps and spikes."""
    period = draw(st.sampled_from([5, 7, 12]))
    values = signals.seasonal(
        draw(st.integers(6 * period, 12 * period)),
        period,
        draw(seeds),
        slope=draw(st.sampled_from([0.0, 0.05])),
    )
    if draw(perhaps):
        values, _ = signals.spikes(values, draw(seeds), count=2, size=40.0)
    values = with_last_moved(values, draw(moves_of_the_last))
    series = Series.without_gaps(values)
    if draw(perhaps):
        kept, slots = signals.gaps(values, draw(seeds), share=0.1)
        series = Series(kept, np.array(slots))
    modes = [ImputeMode.AUTO, ImputeMode.LINEAR, ImputeMode.PREVIOUS, ImputeMode.NOT_FILL]
    options = Options(
        draw(st.sampled_from(SPARSE)),
        period=period if draw(told) else None,
        max_anomaly_ratio=draw(st.sampled_from([0.05, 0.25])),
        sensitivity=draw(st.integers(95, 100)),
        impute_mode=draw(st.sampled_from(modes)),
    )
    return Question(series, options)


@st.composite
def noise(draw: st.DrawFn, granularities: tuple[Granularity, ...]) -> Question:
    """Return noise around 100 that KPSS calls stationary, so that ADF is not asked, perhaps with spikes."""
    values = signals.white(draw(st.integers(40, 160)), draw(seeds), level=100.0, noise=10.0)
    if draw(perhaps):
        values, _ = signals.spikes(values, draw(seeds), count=2, size=200.0)
    values = with_last_moved(values, draw(moves_of_the_last))
    assume(kpss_statistic(values) <= KPSS_CRITICAL)
    options = Options(draw(st.sampled_from(granularities)), period=0, sensitivity=draw(st.integers(95, 100)))
    return Question(Series.without_gaps(values), options)


@st.composite
def wandering(draw: st.DrawFn, granularities: tuple[Granularity, ...]) -> Question:
    """Return a series that keeps no level, so that anomalies are sought in its differences, too."""
    make = draw(st.sampled_from([signals.random_walk, signals.twice_summed, signals.steps]))
    values = 10.0 * make(draw(st.integers(40, 160)), draw(seeds)) + 100.0
    if draw(perhaps):
        values, _ = signals.spikes(values, draw(seeds), count=2, size=400.0)
    options = Options(draw(st.sampled_from(granularities)), period=0, sensitivity=draw(st.integers(95, 100)))
    return Question(Series.without_gaps(values), options)


def changed(question: Question, values: FloatArray, **choices: object) -> Question:
    """Return the question about other values in the same slots."""
    return Question(Series(values, question.series.slots), replace(question.options, **choices))  # type: ignore[arg-type] # names and types are those of Options


def scaled(found: Judgement, factor: float) -> Judgement:
    """Return a verdict in another unit."""
    return found._replace(
        values=factor * found.values,
        expected=factor * found.expected,
        upper=factor * found.upper,
        lower=factor * found.lower,
    )


def assert_close(found: Judgement, wanted: Judgement) -> None:
    """Hold two verdicts together: flags equal, numbers within rounding."""
    assert (found.period, found.model_id) == (wanted.period, wanted.model_id)
    for flags in ("is_anomaly", "is_negative", "is_positive"):
        np.testing.assert_array_equal(getattr(found, flags), getattr(wanted, flags), err_msg=flags)
    size = float(np.abs(wanted.values).max())
    for numbers in ("expected", "upper", "lower"):
        np.testing.assert_allclose(
            getattr(found, numbers), getattr(wanted, numbers), rtol=0.0, atol=CLOSE * size, err_msg=numbers
        )
    np.testing.assert_allclose(found.severity, wanted.severity, rtol=0.0, atol=CLOSE)


@both_modes
@both_rules
@examples(25)
@given(question=seasons() | noise(SPARSE), power=powers_of_two)
def test_powers_of_two_scale_answers_exactly_but_on_dense_series(
    rule: MarginRule, mode: str, question: Question, power: int
) -> None:
    factor = 2.0**power
    question = changed(question, question.series.values, margin_rule=rule)
    found = judge(*question, mode)
    assert_identical(judge(*changed(question, factor * question.series.values), mode), scaled(found, factor))


@both_modes
@both_rules
@examples(25)
@given(question=seasons() | noise(SPARSE) | noise(DENSE), factor=factors)
def test_any_factor_scales_answers_where_no_threshold_has_a_unit(
    rule: MarginRule, mode: str, question: Question, factor: float
) -> None:
    question = changed(question, question.series.values, margin_rule=rule)
    found = judge(*question, mode)
    assert_close(judge(*changed(question, factor * question.series.values), mode), scaled(found, factor))


@both_modes
@examples(40)
@given(question=questions(series=shaped_values().map(Series.without_gaps)), sensitivity=st.integers(0, 98))
def test_rule_v3_has_a_floor_under_its_unit_below_which_nothing_is_an_anomaly(
    mode: str, question: Question, sensitivity: int
) -> None:
    """The narrowest band below sensitivity 99 is 0.3 x 0.0022 wide at either side, whatever the scale."""
    values = question.series.values
    tiny = 1e-6 * values / (np.abs(values).max() or 1.0)
    asked = changed(question, tiny, margin_rule=MarginRule.V3, sensitivity=sensitivity)
    assert not judge(*asked, mode).is_anomaly.any()


@both_modes
@both_rules
@examples(25)
@given(question=seasons() | noise(SPARSE) | wandering(SPARSE), shift=st.floats(0.0, 1e4))
def test_at_sensitivity_100_a_shift_moves_expected_values_alone_but_on_dense_series(
    rule: MarginRule, mode: str, question: Question, shift: float
) -> None:
    """There margins are distances; below 100 they follow the level, as severity always does."""
    asked = changed(question, question.series.values, margin_rule=rule, sensitivity=100)
    found = judge(*asked, mode)
    moved = judge(*changed(asked, asked.series.values + shift), mode)
    wanted = found._replace(values=found.values + shift, expected=found.expected + shift)
    assert_close(moved._replace(severity=found.severity), wanted)
    np.testing.assert_array_equal(moved.severity > 0.0, found.severity > 0.0)


@both_modes
@both_rules
@examples(25)
@given(
    question=seasons(told=st.just(True)) | noise(SPARSE) | noise(DENSE) | wandering(SPARSE) | wandering(DENSE)
)
def test_the_other_sign_swaps_the_sides_of_a_known_season_where_no_values_tie(
    rule: MarginRule, mode: str, question: Question
) -> None:
    """Rule V3 takes a value that equals what was expected for one below, in either sign.

    Rule V1 has an asymmetry: where the band of every point is wider than the data, its lower boundary is
    drawn in. The series here leave their bands.
    """
    question = changed(question, question.series.values, margin_rule=rule)
    found = judge(*question, mode)
    mirrored = judge(*changed(question, -question.series.values), mode)
    unswapped = (found.values == found.expected) & (rule is MarginRule.V3)
    assert_close(
        mirrored,
        found._replace(
            values=-found.values,
            expected=-found.expected,
            upper=np.where(unswapped, found.upper, found.lower),
            lower=np.where(unswapped, found.lower, found.upper),
            is_negative=found.is_positive,
            is_positive=found.is_negative,
        ),
    )
