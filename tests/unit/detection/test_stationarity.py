from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from statsmodels.tools.sm_exceptions import InterpolationWarning
from statsmodels.tsa import adfvalues
from statsmodels.tsa.stattools import adfuller, kpss

from anomaly_container.detection.constants import KPSS_CRITICAL
from anomaly_container.detection.dickey_fuller import adf_statistic, dickey_fuller_p
from anomaly_container.detection.lag_products import smallest_size
from anomaly_container.detection.stationarity import difference, is_stationary, kpss_statistic
from tests.naive import stationarity as naive
from tests.signals import (
    constant,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    twice_summed,
    white,
)
from tests.unit.detection.agreement import assert_equal

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray

SERIES: dict[str, FloatArray] = {
    **{f"{size} points of noise": white(size, size) for size in (12, 13, 14, 20, 21, 29, 30, 50, 100, 500)},
    **{f"{size} points of a walk": random_walk(size, size) for size in (12, 13, 20, 30, 50, 100, 101, 400)},
    "noise at a high level": white(80, 1, level=1e4),
    "trend": trend(90, 2),
    "steep trend": trend(60, 3, slope=5.0),
    "twice summed": twice_summed(120, 4),
    "levels": steps(110, 5),
    "season": seasonal(140, 7, 6),
    "season on a trend": seasonal(100, 12, 7, slope=0.5),
    "counts": rounded(2 * white(70, 8)),
    "summed counts": np.cumsum(rounded(2 * white(75, 9))),
    "spikes": spikes(white(85, 10), 10)[0],
    "millionths": 1e-6 * random_walk(64, 11),
    "millions": 1e6 * random_walk(66, 12),
}


def longest_lag(size: int) -> int:
    return min(math.ceil(12.0 * math.pow(size / 100.0, 0.25)), (size - 1) // 2 - 2)


@pytest.mark.parametrize("kind", SERIES)
def test_adf_is_that_of_statsmodels(kind: str) -> None:
    values = SERIES[kind]
    oracle = adfuller(
        values, maxlag=longest_lag(values.size), regression="c", autolag="AIC", result_object=True
    )
    statistic = adf_statistic(values)
    assert statistic == pytest.approx(float(oracle.statistic), rel=1e-8)
    assert dickey_fuller_p(statistic) == pytest.approx(float(oracle.pvalue), rel=1e-7, abs=1e-300)


def test_the_response_surface_is_that_of_statsmodels() -> None:
    for tau in [*np.linspace(-19.0, 3.0, 221).tolist(), -18.83, -1.61, 2.74]:
        oracle = float(adfvalues.mackinnonp(tau, regression="c", N=1))
        assert dickey_fuller_p(tau) == pytest.approx(oracle, rel=1e-12, abs=0.0), tau


@pytest.mark.parametrize("kind", SERIES)
def test_kpss_is_that_of_statsmodels(kind: str) -> None:
    values = SERIES[kind]
    with warnings.catch_warnings():
        # Its p-value is read off a table that ends; the statistic is not.
        warnings.simplefilter("ignore", InterpolationWarning)
        oracle = kpss(values, regression="c", nlags="auto", result_object=True)
    assert kpss_statistic(values) == pytest.approx(float(oracle.statistic), rel=1e-10)
    assert kpss_statistic(values) == pytest.approx(naive.kpss_statistic(values.tolist()), rel=1e-10)


@pytest.mark.parametrize("kind", SERIES)
def test_the_verdict_is_that_of_the_twin(kind: str) -> None:
    values = SERIES[kind]
    for series in (values, difference(values, 1), difference(values, 2)):
        assert is_stationary(series) == naive.is_stationary(series.tolist())


@pytest.mark.parametrize("seed", range(12))
def test_verdicts_on_random_series_are_those_of_the_twin(seed: int) -> None:
    for size in (12, 17, 40 + seed, 90 + seed):
        for values in (random_walk(size, seed), trend(size, seed, slope=0.05), twice_summed(size, seed)):
            assert is_stationary(values) == naive.is_stationary(values.tolist())


def test_one_test_of_the_two_is_enough() -> None:
    verdicts = {
        (
            naive.adf_pvalue(values.tolist()) < 0.05,
            kpss_statistic(values) <= KPSS_CRITICAL,
            is_stationary(values),
        )
        for kind, values in SERIES.items()
        if not np.isnan(adf_statistic(values))
    }
    assert verdicts == {
        (False, False, False),
        (False, True, True),
        (True, False, True),
        (True, True, True),
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [3, 4, 12, 50])
def test_differences_are_those_of_the_twin(size: int, seed: int) -> None:
    values = random_walk(size, seed)
    assert_equal(difference(values, 1), naive.difference1(values.tolist()))
    assert_equal(difference(values, 2), naive.difference2(values.tolist()))


def test_differences_keep_the_length_and_repeat_the_first() -> None:
    squares = np.arange(7.0) ** 2
    assert_equal(difference(squares, 1), [1.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0])
    cubes = np.arange(7.0) ** 3
    assert_equal(difference(cubes, 2), [6.0, 6.0, 6.0, 12.0, 18.0, 24.0, 30.0])


@pytest.mark.parametrize(
    "values",
    [
        constant(40, value=5.0),
        np.zeros(12),
        np.arange(30.0),
        np.arange(60) % 2 * 1.0,
        np.tile([1.0, 2.0, 4.0], 20),
        np.where(np.arange(30) == 29, 1.0, 0.0),
        random_walk(50, 1) * 1e-20,
        1e9 + np.arange(40) % 3,
    ],
    ids=["constant", "zero", "line", "pairs", "triples", "last point", "too small", "too high"],
)
def test_a_series_on_which_adf_fails_is_stationary(values: FloatArray) -> None:
    assert np.isnan(adf_statistic(values))
    assert is_stationary(values)
    assert naive.is_stationary(values.tolist())


@pytest.mark.parametrize("unit", [1e-16, 1e-14, 1e-8, 1.0, 1e6, 1e9, 1e11, 1e12, 1e13, 1e15, 1e99])
@pytest.mark.parametrize("size", [12, 30, 100, 500])
def test_the_constant_is_not_scaled_with_the_series(size: int, unit: float) -> None:
    """Beside values of 1e15 the column of ones counts as nothing, and the regression as singular."""
    for seed in range(5):
        values = unit * (100.0 + random_walk(size, seed))
        assert is_stationary(values) == naive.is_stationary(values.tolist())
        assert np.isnan(adf_statistic(values)) == naive_adf_fails(values)
    if unit in (1.0, 1e6):
        assert not naive_adf_fails(values)
    if unit in (1e-16, 1e15):
        assert naive_adf_fails(values)


def naive_adf_fails(values: FloatArray) -> bool:
    try:
        naive.adf_pvalue(values.tolist())
    except np.linalg.LinAlgError:
        return True
    return False


def test_singular_values_of_a_hand_made_regression_are_bounded() -> None:
    """Columns 1 1 1 1 and 1 1 -1 -1: both singular values are 2; the bound is 1 / sqrt(1/4 + 1/4)."""
    assert smallest_size(np.array([[2.0]]), np.array([0.0]), 4) == pytest.approx(math.sqrt(2.0), rel=1e-15)


@pytest.mark.parametrize("seed", range(30))
def test_the_bound_of_singular_values_is_one_and_close(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, columns = int(random.integers(20, 60)), int(random.integers(1, 12))
    units = 10.0 ** random.integers(-3, 3, columns)
    table = random.standard_normal((rows, columns)) * units + random.random()
    centred = table - table.mean(axis=0)
    factor = np.linalg.cholesky(centred.T @ centred).astype(np.float64)
    bound = smallest_size(factor, table.mean(axis=0), rows)
    smallest = np.linalg.svd(np.column_stack((np.ones(rows), table)), compute_uv=False)[-1]
    assert bound * (1.0 - 1e-9) <= smallest <= bound * math.sqrt(columns + 1.0) * (1.0 + 1e-9)


def test_a_long_run_variance_below_zero_is_stationary() -> None:
    """Of 1, -1, 1, ... twelve times the covariances are 1 and -11/12, and 1 - 2 11/12 is negative."""
    pairs = np.tile([1.0, -1.0], 6)
    assert kpss_statistic(pairs) == 0.0
    drift = pairs + np.linspace(0.0, 0.4, 12)
    assert kpss_statistic(drift) == 0.0
    with pytest.raises(ValueError, match="12"):
        naive.kpss_statistic(drift.tolist())


@pytest.mark.parametrize("value", [0.0, 5.0, 0.1, -1e99])
def test_a_constant_series_is_stationary(value: float) -> None:
    # The mean of equal values may be off by its rounding, which is no drift.
    assert kpss_statistic(constant(30, value=value)) == 0.0
    assert is_stationary(constant(30, value=value))


def test_tiny_and_huge_series_have_finite_statistics() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (1e-150, 1e-100, 1e100):
            assert kpss_statistic(random_walk(60, 1) * scale) == pytest.approx(
                kpss_statistic(random_walk(60, 1)), rel=1e-9
            )


@pytest.mark.parametrize("verdict", [True, False])
def test_the_limit_of_kpss(verdict: bool) -> None:
    """A walk that wanders just as far as stationary series may, by the size of its drift."""
    noise = white(100, 3)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        drift = noise + middle * np.linspace(-3.0, 3.0, 100)
        if kpss_statistic(drift) <= 0.46140:
            low = middle
        else:
            high = middle
    drift = noise + (low if verdict else high) * np.linspace(-3.0, 3.0, 100)
    assert (kpss_statistic(drift) <= KPSS_CRITICAL) is verdict
    assert 0.461 < kpss_statistic(drift) < 0.462
