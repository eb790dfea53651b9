from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.univariate import StlRule
from anomaly_container.detection.univariate.decomposition.decompose import (
    _fit,
    _guard_last,
    _log_stl,
    _non_seasonal_outliers,
    _relative_remainder,
    decompose,
)
from anomaly_container.detection.univariate.decomposition.stl import Decomposition, robust_stl
from tests.naive.univariate import decomposition as naive
from tests.support.signals import (
    almost_constant,
    constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    white,
    with_one_spike,
)
from tests.unit.detection.univariate.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.detection.numeric.arrays import FloatArray

GROWING = growing_seasonal(42, 6, 1)
SERIES: dict[str, tuple[FloatArray, int]] = {
    "season": (seasonal(42, 7, 1), 7),
    "season, spike at the last point": (with_one_spike(seasonal(43, 7, 2), 42, 60.0), 7),
    "season with spikes": (spikes(seasonal(45, 6, 3), 3, count=4)[0], 6),
    "counts": (rounded(seasonal(40, 6, 4, amplitude=3.0, level=4.0)), 6),
    "season around zero": (seasonal(40, 5, 5, level=0.0), 5),
    "season with zeros": (np.maximum(rounded(seasonal(44, 6, 6, level=0.0)), 0.0), 6),
    "growing season": (GROWING, 6),
    "growing season, spike at the last point": (with_one_spike(GROWING, 41, 90.0), 6),
    "growing season with a spike": (with_one_spike(GROWING, 20, 400.0), 6),
    "growing season from a half": (GROWING / GROWING.min() - 0.5, 6),
    "growing season from below zero": (GROWING - 50.0, 6),
    "growing season with a dip below one": (with_one_spike(GROWING, 20, -200.0), 6),
    "noise": (white(36, 13), 9),
    "walk": (random_walk(40, 14), 4),
    "almost constant": (almost_constant(40, 15), 7),
    "shortest": (seasonal(15, 7, 16), 7),
    "period of two": (seasonal(30, 2, 17), 2),
    "constant": (constant(30), 7),
    "constant zero": (constant(30, value=0.0), 7),
}
IN_LOGARITHMS = {
    "growing season",
    "growing season, spike at the last point",
    "growing season with a spike",
    "growing season from a half",
}


@pytest.mark.parametrize(
    ("rule", "last_only"),
    [(StlRule.SERVICE, False), (StlRule.SERVICE, True), (StlRule.PUBLISHED, True)],
)
@pytest.mark.parametrize("kind", SERIES)
def test_the_parts_are_those_of_the_twin(kind: str, last_only: bool, rule: StlRule) -> None:
    values, period = SERIES[kind]
    fit = decompose(values, period, rule, last_only)
    twin = (naive.decompose_last if last_only else naive.decompose_entire)(
        values.tolist(), period, rule.value
    )
    scale = float(np.abs(values).max())
    for ours, theirs in zip((fit.trend, fit.seasonal, fit.remainder), twin, strict=True):
        assert_within(ours, theirs, 1e-12, scale=scale)


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("kind", SERIES)
def test_which_series_are_decomposed_in_logarithms(kind: str, last_only: bool) -> None:
    values, period = SERIES[kind]
    fit = decompose(values, period, StlRule.SERVICE, last_only)
    # The season of the linear fit repeats, that of the logarithmic one grows with the trend.
    repeats = np.ptp(fit.seasonal[period:] - fit.seasonal[:-period]) <= 1e-9 * (np.ptp(fit.seasonal) or 1.0)
    assert repeats == (kind not in IN_LOGARITHMS)


def stl(rule: StlRule, period: int) -> Callable[[FloatArray], Decomposition]:
    return lambda series: robust_stl(series, period, rule)


def test_the_last_point_does_not_bend_the_trend_towards_itself() -> None:
    values = with_one_spike(seasonal(71, 7, 2), 70, 60.0)
    plain = robust_stl(values, 7, StlRule.SERVICE)
    guarded = _guard_last(stl(StlRule.SERVICE, 7), values, 7)
    extended = robust_stl(np.append(values, np.median(values[64::-7])), 7, StlRule.SERVICE)
    chosen = min((plain.remainder, extended.remainder), key=lambda rest: abs(rest[70]))
    assert_equal(guarded.remainder, chosen[:71])
    assert guarded.trend.size == guarded.seasonal.size == guarded.remainder.size == 71


@pytest.mark.parametrize(("closer", "size"), [("plain", 30), ("extended", 31), ("equal", 30)])
def test_the_fit_closer_to_the_last_point_is_kept(closer: str, size: int) -> None:
    """A stub fits the series plainly and extended with chosen remainders; a tie keeps the plain fit."""
    rest = {"plain": (1.0, -2.0), "extended": (-2.0, 1.0), "equal": (1.0, -1.0)}[closer]

    def fit(series: FloatArray) -> Decomposition:
        remainder = np.full(series.size, rest[series.size - 30])
        return Decomposition(np.full(series.size, float(series.size)), np.zeros(series.size), remainder)

    guarded = _guard_last(fit, seasonal(30, 7, 1), 7)
    assert_equal(guarded.trend, np.full(30, float(size)))


@pytest.mark.parametrize("seed", range(20))
def test_outliers_are_those_of_the_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    period = int(rng.integers(2, 13))
    rest = white(int(rng.integers(3 * period, 9 * period)), seed)
    rest[rng.integers(0, period) :: period] += rng.choice([0.0, 30.0])
    rest[rng.integers(0, rest.size, 3)] -= 25.0
    twin = naive.outliers_beyond_season(rest.tolist(), period)
    assert set(np.flatnonzero(_non_seasonal_outliers(rest, period)).tolist()) == twin


def test_a_phase_full_of_outliers_is_seasonal() -> None:
    rest = white(120, 1)
    rest[5::12] += 50.0
    assert not _non_seasonal_outliers(rest, 12).any()
    rest[17::12] = 0.0
    rest[7] += 60.0
    # One far value among ten cycles is an outlier; so is phase 5 with one of ten left.
    assert_equal(np.flatnonzero(_non_seasonal_outliers(rest, 12)), [5, 7])


def test_outliers_take_the_value_before_them_and_at_the_start_the_one_after() -> None:
    seen: list[FloatArray] = []

    def fit(series: FloatArray) -> Decomposition:
        seen.append(series)
        return Decomposition(np.full(series.size, 7.0), np.zeros(series.size), series - 7.0)

    values = seasonal(60, 7, 1)
    values[[0, 1, 30, 31]] = [900.0, 900.0, 900.0, -900.0]
    _fit(fit, values, 7, last_only=False)
    cleaned = values.copy()
    cleaned[[0, 1]] = values[2]
    cleaned[[30, 31]] = values[29]
    assert len(seen) == 2
    assert_within(seen[1], cleaned, 1e-15)


@pytest.mark.parametrize("shift", [0.0, -20.0, 1e3])
@pytest.mark.parametrize("rule", StlRule)
def test_logarithms_come_back_in_the_unit_of_the_series(rule: StlRule, shift: float) -> None:
    values = growing_seasonal(60, 12, 1) + shift
    fit = _log_stl(values, 12, rule)
    for ours, theirs in zip(
        (fit.trend, fit.seasonal, fit.remainder), naive.log_stl(values.tolist(), 12, rule.value), strict=True
    ):
        assert_within(ours, theirs, 1e-13, scale=float(np.abs(values).max()))
    assert_within(fit.trend + fit.seasonal + fit.remainder, values, 1e-13)


@pytest.mark.parametrize(
    ("remainder", "values", "mean"),
    [
        ([1.0, -1.0], [2.0, 4.0], 0.375),
        ([0.0, 1.0], [0.0, 4.0], 0.25),
        ([1.0, 1.0], [0.0, 4.0], np.inf),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([1e300, 1.0], [1e-300, 1.0], np.inf),
        ([1e308, 1e308], [0.6, 0.6], np.inf),
        ([np.nan, 0.0], [1.0, 1.0], np.inf),
        ([-np.inf, 0.0], [1.0, 1.0], np.inf),
    ],
)
def test_relative_remainder(remainder: Sequence[float], values: Sequence[float], mean: float) -> None:
    fit = Decomposition(np.zeros(2), np.zeros(2), np.array(remainder))
    assert _relative_remainder(fit, np.array(values)) == mean
