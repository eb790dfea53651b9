from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from statsmodels.tsa.stattools import acf

from anomaly_container.detection.numeric.robust_scale import minmax
from anomaly_container.detection.univariate.period.correlogram import (
    _correlated_lags,
    _single_period,
    autocorrelation,
    correlogram_period,
)
from tests.naive.univariate import period as naive
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
)
from tests.unit.detection.univariate.agreement import assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray


@pytest.mark.parametrize("size", [12, 13, 100, 1009])
@pytest.mark.parametrize("seed", range(3))
def test_autocorrelation_is_that_of_statsmodels(seed: int, size: int) -> None:
    for values in (white(size, seed, level=1e3), random_walk(size, seed), seasonal(size, 7, seed)):
        for longest in (1, size // 3, size - 1):
            oracle = acf(values, nlags=longest, fft=False, adjusted=False)[1:]
            assert_within(autocorrelation(values, longest), oracle, 1e-14, scale=1.0)


@pytest.mark.parametrize("seed", range(8))
def test_lags_are_significant_and_the_most_correlated_come_first(seed: int) -> None:
    values = seasonal(120, 7 + seed, seed, level=0.0, noise=6.0)
    correlation = autocorrelation(values, 40)
    lags = _correlated_lags(values).tolist()
    assert lags
    falling = sorted(range(1, 41), key=lambda lag: -correlation[lag - 1])
    until = next(
        place
        for place, lag in enumerate(falling)
        if correlation[lag - 1] < max(0.1, bartlett(correlation, lag, 120))
    )
    assert lags == [lag for lag in falling[:until] if 4 < lag < 40]


def bartlett(correlation: FloatArray, lag: int, size: int) -> float:
    return 1.6448536269514722 * math.sqrt((1 + 2 * sum(correlation[: lag - 1] ** 2)) / size)


def test_white_noise_has_no_long_list_of_lags() -> None:
    assert sum(len(_correlated_lags(white(300, seed))) for seed in range(20)) < 60


SERIES: dict[str, FloatArray] = {
    **{f"season of {period}": seasonal(9 * period, period, period) for period in (4, 5, 6, 7, 12, 19, 24)},
    **{f"noisy season of {period}": seasonal(130, period, period, noise=8.0) for period in (5, 8, 13, 21)},
    **{f"counts {seed}": rounded(seasonal(100 + seed, 11, seed, amplitude=2.0)) for seed in range(4)},
    **{f"walk {seed}": random_walk(90 + seed, seed) for seed in range(6)},
    **{f"noise {seed}": white(60 + seed, seed) for seed in range(6)},
    **{f"levels {seed}": steps(80, seed) for seed in range(3)},
    "season with spikes": spikes(seasonal(140, 10, 1), 1, count=6)[0],
    "season on a trend": seasonal(140, 14, 2, slope=1.5),
    "trend": trend(60, 3),
    "12 points": seasonal(12, 5, 4),
    "13 points": seasonal(13, 6, 5),
    "almost constant": almost_constant(80, 6),
    "line": np.linspace(0.0, 1.0, 50),
}


@pytest.mark.parametrize("kind", SERIES)
def test_the_period_is_that_of_the_twin(kind: str) -> None:
    scaled = minmax(SERIES[kind])
    assert correlogram_period(scaled) == naive.correlogram_period(scaled.tolist())


def test_seasons_are_found_and_noise_has_none() -> None:
    found = {kind: correlogram_period(minmax(values)) for kind, values in SERIES.items()}
    for period in (5, 6, 7, 12, 19, 24):
        assert found[f"season of {period}"] % period == 0
        assert found[f"season of {period}"] > 0
    assert found["season with spikes"] == 10
    assert found["season on a trend"] == 14
    assert found["line"] == found["almost constant"] == 0
    assert correlogram_period(np.zeros(30)) == 0
    assert correlogram_period(minmax(constant(12))) == 0


def test_of_lags_that_foretell_equally_well_the_most_correlated_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def flat(values: FloatArray, _: int | None) -> FloatArray:
        return np.zeros_like(values)

    monkeypatch.setattr("anomaly_container.detection.univariate.period.correlogram.spline_trend", flat)
    # Without error at 7, 14, 21 and 28.
    assert _single_period(np.tile(white(7, 1), 13)) == 7


def test_equal_correlations_are_ordered_by_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    def alternating(_: FloatArray, longest: int) -> FloatArray:
        return np.where(np.arange(1, longest + 1) % 2 == 1, 0.6, 0.5)

    monkeypatch.setattr(
        "anomaly_container.detection.univariate.period.correlogram.autocorrelation", alternating
    )
    # Bartlett's bound grows to 0.6 at lag 65, which ends the list before it comes to the even ones.
    assert _correlated_lags(np.zeros(300)).tolist() == [*range(5, 65, 2)]


@pytest.mark.parametrize("seed", [4, 7, 9])
def test_a_season_of_seasons_multiplies(seed: int) -> None:
    values = seasonal(192, 8, seed, amplitude=4.0)
    values[::8] += 2.0 * np.sin(2 * np.pi * np.arange(24) / 6 + 0.4)
    scaled = minmax(values)
    assert _single_period(scaled) == 8
    assert _single_period(scaled[::8]) == 6
    assert correlogram_period(scaled) == naive.correlogram_period(values.tolist()) == 48
