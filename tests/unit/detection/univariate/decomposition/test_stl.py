from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from statsmodels.tsa.seasonal import STL

from anomaly_container.detection.univariate import StlRule
from anomaly_container.detection.univariate.decomposition.stl import (
    _moving_average,
    _phase_means,
    next_odd,
    robust_stl,
    robustness_weights,
)
from tests.naive.univariate import stl as naive
from tests.support.signals import (
    almost_constant,
    constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    white,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.numeric.arrays import FloatArray

pytestmark = pytest.mark.usefixtures("kernels")

# Odd and even periods; whole and broken last cycles; two cycles and many; periods of two.
SIZES = [(12, 5), (15, 7), (25, 12), (36, 12), (40, 2), (47, 7), (60, 3), (61, 4)]

SERIES: dict[str, Callable[[int, int], FloatArray]] = {
    "season": lambda n, p: seasonal(n, p, 1),
    "rounded season": lambda n, p: rounded(seasonal(n, p, 2, amplitude=3.0)),
    "season with spikes": lambda n, p: spikes(seasonal(n, p, 3), 3)[0],
    "noise": lambda n, _: white(n, 4),
    "walk": lambda n, _: random_walk(n, 5),
    "levels": lambda n, _: steps(n, 6),
    "growing season": lambda n, p: growing_seasonal(n, p, 7),
    "noise-free season": lambda n, p: seasonal(n, p, 8, noise=0.0, slope=0.5),
    "almost constant": lambda n, _: almost_constant(n, 8),
    "coins": lambda n, _: np.round(np.random.default_rng(9).random(n)),
}


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize(("size", "period"), SIZES)
@pytest.mark.parametrize("kind", SERIES)
def test_the_fit_is_the_twin_bit_for_bit(kind: str, size: int, period: int, rule: StlRule) -> None:
    values = SERIES[kind](size, period)
    fit = robust_stl(values, period, rule)
    trend, season, remainder = naive.stl(values.tolist(), period, rule.value)
    assert_equal(fit.trend, trend)
    assert_equal(fit.seasonal, season)
    assert_equal(fit.remainder, remainder)


def statsmodels_fit(values: FloatArray, period: int) -> tuple[FloatArray, FloatArray]:
    """Fit with the spans R chooses for a periodic season."""
    seasonal_span = 10 * values.size + 1
    trend_span = next_odd(math.ceil(1.5 * period / (1.0 - 1.5 / seasonal_span)))
    low_pass_span = next_odd(period)
    model = STL(
        values,
        period=period,
        seasonal=seasonal_span,
        trend=trend_span,
        low_pass=low_pass_span,
        seasonal_deg=0,
        trend_deg=1,
        low_pass_deg=1,
        robust=True,
        seasonal_jump=math.ceil(seasonal_span / 10),
        trend_jump=math.ceil(trend_span / 10),
        low_pass_jump=math.ceil(low_pass_span / 10),
    )
    fit = model.fit(inner_iter=1, outer_iter=15)
    return np.asarray(fit.trend), np.asarray(fit.seasonal)


@pytest.mark.parametrize(
    ("size", "period"), [(30, 4), (90, 12), (500, 24), (2000, 168), (1000, 2), (700, 300)]
)
@pytest.mark.parametrize("kind", ["season", "season with spikes", "noise", "walk", "growing season"])
def test_the_published_rule_is_statsmodels_for_even_periods(kind: str, size: int, period: int) -> None:
    values = SERIES[kind](size, period)
    fit = robust_stl(values, period, StlRule.PUBLISHED)
    trend, season = statsmodels_fit(values, period)
    scale = float(np.abs(values).max())
    assert_within(fit.trend, trend, 1e-11, scale=scale)
    assert_within(fit.seasonal, season, 1e-11, scale=scale)


@pytest.mark.parametrize("rule", StlRule)
def test_the_parts_add_up(rule: StlRule) -> None:
    values = spikes(seasonal(150, 7, 1), 1)[0]
    fit = robust_stl(values, 7, rule)
    assert_within(fit.trend + fit.seasonal + fit.remainder, values, 1e-15)


def test_the_service_repeats_its_season_exactly() -> None:
    season = robust_stl(seasonal(100, 12, 1), 12, StlRule.SERVICE).seasonal
    assert_equal(season[12:], season[:-12])
    published = robust_stl(seasonal(100, 12, 1), 12, StlRule.PUBLISHED).seasonal
    assert (published[12:] != published[:-12]).any()


@pytest.mark.parametrize("rule", StlRule)
def test_season_and_line_are_found_under_spikes(rule: StlRule) -> None:
    wave = np.tile([0.0, 3.0, 1.0, -1.0, -3.0, 0.0], 20)
    line = 50.0 + 0.5 * np.arange(120)
    values, where = spikes(line + wave + white(120, 1, noise=0.01), 1, count=10)
    fit = robust_stl(values, 6, rule)
    assert_within(fit.seasonal, wave, 0.02, scale=1.0)
    assert_within(fit.trend, line, 0.02, scale=1.0)
    assert (np.abs(fit.remainder[where]) > 49.0).all()


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize("value", [0.0, 855.0, 0.1])
def test_a_constant_series_is_all_trend(value: float, rule: StlRule) -> None:
    values = constant(24, value=value)
    fit = robust_stl(values, 7, rule)
    assert_within(fit.trend, values, 1e-14)
    assert_within(fit.seasonal, np.zeros(24), 1e-14, scale=value)


@pytest.mark.parametrize("width", [2, 3, 7, 24])
@pytest.mark.parametrize("seed", range(5))
def test_moving_averages_take_the_leaving_value_off_first(seed: int, width: int) -> None:
    values = white(300, seed, level=10.0)
    averages = _moving_average(values, width)
    assert_equal(averages, naive.moving_average(values.tolist(), width))
    total = sum(values[:width].tolist())
    added_first = [total / width]
    for leaving, entering in zip(values[:-width].tolist(), values[width:].tolist(), strict=True):
        total = total + entering - leaving
        added_first.append(total / width)
    assert_within(averages, added_first, 1e-13)
    assert (averages != added_first).any()


@pytest.mark.parametrize(("size", "period"), [(24, 12), (25, 12), (500, 7), (100, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_phase_means_are_rounded_once(seed: int, size: int, period: int) -> None:
    values = white(size, seed, level=1e3)
    means = _phase_means(values, period)
    assert_equal(means, naive.phase_means(values.tolist(), period))
    for phase in range(period):
        members = values[phase::period].tolist()
        assert means[phase] == pytest.approx(math.fsum(members) / len(members), rel=3e-16)


def test_phase_means_correct_themselves_where_values_cancel() -> None:
    values = np.concatenate((1e8 * white(70, 1), -1e8 * white(70, 1))) + white(140, 2)
    assert_equal(_phase_means(values, 7), naive.phase_means(values.tolist(), 7))


@pytest.mark.parametrize("rule", StlRule)
@pytest.mark.parametrize("seed", range(10))
def test_robustness_weights_are_those_of_the_twin(seed: int, rule: StlRule) -> None:
    for size in (12, 13, 60, 331, 332):
        residuals = np.abs(white(size, seed)) ** 3
        residuals[: size // 10] = 0.0
        twin = naive.robustness_weights(residuals.tolist(), [0.0] * size, rule.value)
        assert_equal(robustness_weights(residuals, rule), twin)
        assert {0.0, 1.0} <= set(twin)


def test_without_residuals_every_weight_is_one_and_what_stands_out_has_none() -> None:
    assert_equal(robustness_weights(np.zeros(12), StlRule.SERVICE), np.ones(12))
    for calm, loud in ((0.0, 1e-300), (1e-300, 1e20)):
        residuals = np.full(13, calm)
        residuals[4] = loud
        # 1e20 / 6e-300 is no number, but no weight either.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            weights = robustness_weights(residuals, StlRule.SERVICE)
        assert weights[4] == 0.0
        assert (np.delete(weights, 4) > 0.9).all()


@pytest.mark.parametrize(
    ("span", "odd"), [(7.0, 7), (8.0, 9), (6.4, 7), (6.6, 7), (7.4, 7), (7.6, 9), (6.5, 7), (7.5, 9)]
)
def test_spans_are_rounded_to_the_next_odd_number(span: float, odd: int) -> None:
    assert next_odd(span) == odd
    assert naive.next_odd(span) == odd


def test_a_fit_does_not_depend_on_the_fits_before() -> None:
    values = seasonal(60, 7, 1)
    first = robust_stl(values, 7, StlRule.SERVICE).trend
    for size in range(30, 60):
        robust_stl(values[:size], 7, StlRule.SERVICE)
    assert_equal(robust_stl(values, 7, StlRule.SERVICE).trend, first)
