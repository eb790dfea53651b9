"""What holds for the change points of every series, and how they follow its unit, level and sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.detection.univariate import ChangePointOptions, Granularity, Series, change_points
from anomaly_container.detection.univariate.constants import MODEL_CHANGE_POINT, STABLE_TREND_WINDOW
from tests.property.judgement import assert_identical
from tests.property.strategies import ChangePointQuestion, change_point_questions, examples, seeds
from tests.support import signals

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


@examples(120)
@given(question=change_point_questions())
def test_change_points_lie_a_window_apart_and_from_the_end(question: ChangePointQuestion) -> None:
    series, options = question
    size = series.values.size
    result = change_points(series, options)
    assert type(result.period) is int
    assert result.period >= 0
    assert result.model_id == MODEL_CHANGE_POINT
    assert result.is_change_point.shape == result.confidence_scores.shape == (size,)
    assert result.is_change_point.dtype == np.bool_
    assert result.confidence_scores.dtype == np.float64
    assert np.isfinite(result.confidence_scores).all()
    assert (result.confidence_scores >= 0.0).all()
    window = options.stable_trend_window or STABLE_TREND_WINDOW[options.granularity]
    found = np.flatnonzero(result.is_change_point)
    assert (np.diff(found) >= window).all()
    assert (found >= 2).all()
    assert (found <= size - 1 - window).all()


@examples(48)
@given(question=change_point_questions(), wider=st.integers(0, 150))
def test_a_wider_window_never_adds_change_points(question: ChangePointQuestion, wider: int) -> None:
    series, options = question
    window = options.stable_trend_window or STABLE_TREND_WINDOW[options.granularity]
    many = change_points(series, replace(options, stable_trend_window=window))
    few = change_points(series, replace(options, stable_trend_window=window + wider))
    assert not (few.is_change_point & ~many.is_change_point).any()


@examples(32)
@given(question=change_point_questions())
def test_giving_the_detected_period_changes_no_change_points(question: ChangePointQuestion) -> None:
    series, options = question
    detected = change_points(series, replace(options, period=None))
    given_it = change_points(series, replace(options, period=detected.period))
    assert_identical(detected, given_it)


@st.composite
def change_point_series(draw: st.DrawFn) -> tuple[FloatArray, ChangePointOptions]:
    """Return levels that jump or a season on a walk, and options with a window short enough to find some."""
    period = draw(st.sampled_from([0, 7]))
    size, seed = draw(st.integers(60, 200)), draw(seeds)
    values = signals.steps(size, seed) + 50.0
    if period:
        values = values + signals.seasonal(size, period, seed, noise=0.0, level=0.0)
    window = draw(st.integers(3, 10))
    return values, ChangePointOptions(draw(st.sampled_from(Granularity)), 1, period, window)


@examples(40)
@given(asked=change_point_series(), power=st.integers(-15, 200))
def test_powers_of_two_leave_change_points_exactly_as_they_are(
    asked: tuple[FloatArray, ChangePointOptions], power: int
) -> None:
    """As long as the range of the trend stays over the floor of 1e-8."""
    values, options = asked
    one = change_points(Series.without_gaps(values), options)
    assert_identical(one, change_points(Series.without_gaps(2.0**power * values), options))


@examples(40)
@given(asked=change_point_series())
def test_the_other_sign_leaves_change_points_exactly_as_they_are(
    asked: tuple[FloatArray, ChangePointOptions],
) -> None:
    values, options = asked
    one = change_points(Series.without_gaps(values), options)
    assert_identical(one, change_points(Series.without_gaps(-values), options))


@examples(40)
@given(asked=change_point_series(), shift=st.floats(-1e4, 1e4))
def test_a_shift_leaves_change_points_as_they_are(
    asked: tuple[FloatArray, ChangePointOptions], shift: float
) -> None:
    values, options = asked
    one = change_points(Series.without_gaps(values), options)
    other = change_points(Series.without_gaps(values + shift), options)
    np.testing.assert_array_equal(one.is_change_point, other.is_change_point)
    np.testing.assert_allclose(one.confidence_scores, other.confidence_scores, rtol=0.0, atol=1e-8)
