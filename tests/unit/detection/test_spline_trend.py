from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import signal
from scipy.stats import theilslopes

from anomaly_container.detection import spline_trend as module
from anomaly_container.detection.spline_trend import (
    guess_period,
    median_slope,
    spline_trend,
    straighten_ends,
    welch,
)
from tests.naive import trend as naive
from tests.signals import (
    almost_constant,
    constant,
    growing_seasonal,
    random_walk,
    rounded,
    seasonal,
    spikes,
    steps,
    trend,
    white,
)
from tests.unit.detection.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray

pytestmark = pytest.mark.usefixtures("kernels")

SERIES: dict[str, FloatArray] = {
    "12 points": white(12, 3),
    "noise": white(131, 4),
    "walk": random_walk(140, 5),
    "short walk": random_walk(19, 6),
    "season": seasonal(144, 12, 7),
    "noisy season": seasonal(120, 9, 8, noise=8.0),
    "season with spikes": spikes(seasonal(90, 7, 9), 9)[0],
    "season on a trend": seasonal(100, 10, 10, slope=3.0),
    "growing season": growing_seasonal(110, 12, 11),
    "levels": steps(125, 12),
    "trend": trend(77, 13),
    "counts": rounded(seasonal(101, 7, 14, amplitude=3.0)),
    "almost constant": almost_constant(80, 15),
    "constant": constant(50),
    "line": np.linspace(-3.0, 9.0, 64),
    "millions": 1e6 * white(90, 16),
    "millionths": 1e-6 * white(90, 17),
}


@pytest.mark.parametrize("period", [None, 0, 1, 2, 7, 12])
@pytest.mark.parametrize("kind", SERIES)
def test_the_trend_is_that_of_the_twin(kind: str, period: int | None) -> None:
    values = SERIES[kind]
    if period and values.size < 2 * period:
        values = np.concatenate([values] * 4)
    ours = spline_trend(values, period)
    assert_within(ours, naive.spline_trend(values.tolist(), period), 1e-12)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_handful_of_points_has_its_mean_for_a_trend(size: int) -> None:
    values = white(size, 1)
    assert_within(spline_trend(values, None), np.full(size, values.mean()), 1e-15)
    assert_within(spline_trend(values, None), naive.spline_trend(values.tolist(), None), 1e-15)


@pytest.mark.parametrize("size", range(6, 12))
def test_a_few_points_have_a_spectrum_too_short_for_a_guess(size: int) -> None:
    assert guess_period(white(size, 1)) == size // 3
    assert np.isfinite(spline_trend(white(size, 1), None)).all()


def test_the_widest_window_is_512_points() -> None:
    values = random_walk(1700, 1)
    # A third of the series is 566 points.
    assert_within(spline_trend(values, 0), naive.spline_trend(values.tolist(), 0), 1e-12)


@pytest.mark.parametrize("kind", SERIES)
def test_the_guess_is_that_of_the_twin(kind: str) -> None:
    values = SERIES[kind]
    assert guess_period(values) == naive.broad_guess(values.tolist())


@pytest.mark.parametrize("seed", range(40))
def test_guesses_of_random_series_are_those_of_the_twin(seed: int) -> None:
    size = 12 + 3 * seed
    for values in (white(size, seed), random_walk(size, seed), seasonal(size, 5 + seed % 9, seed, noise=6.0)):
        assert guess_period(values) == naive.broad_guess(values.tolist())


@pytest.mark.parametrize("period", [6, 8, 12, 20, 30])
def test_the_season_is_guessed(period: int) -> None:
    assert guess_period(seasonal(240, period, 1)) == period


def test_the_longest_season_that_can_be_guessed_is_512_points() -> None:
    # Two windows fit into a segment: one cycle in it counts as no season, two do.
    assert guess_period(seasonal(2100, 512, 1)) == 512
    assert guess_period(seasonal(2100, 1024, 1)) == 512


def test_without_power_the_guess_is_a_third_of_the_series() -> None:
    assert guess_period(np.zeros(60)) == 20
    assert guess_period(constant(61)) == 20
    assert guess_period(np.linspace(0.0, 1.0, 90)) == 30
    assert guess_period(np.zeros(1700)) == 512


@pytest.mark.parametrize("segment", [2, 3, 8, 9, 50, 51, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_spectrum_is_that_of_scipy(seed: int, segment: int) -> None:
    for values in (white(100, seed), seasonal(101, 7, seed), random_walk(150, seed)):
        _, oracle = signal.welch(values, nperseg=segment, scaling="spectrum")
        # The density at zero is the square of a rounding error.
        assert_within(welch(values, segment), oracle, 1e-13)


def test_a_sine_of_amplitude_a_has_half_its_square_for_power() -> None:
    power = welch(3.0 * np.sin(2 * np.pi * np.arange(400) / 10), 100)
    assert np.argmax(power) == 10
    assert power.max() == pytest.approx(4.5, rel=1e-12)


@pytest.mark.parametrize("size", [2, 3, 10, 11, 60])
@pytest.mark.parametrize("seed", range(4))
def test_the_median_slope_is_that_of_scipy(seed: int, size: int) -> None:
    for values in (white(size, seed), rounded(3 * white(size, seed)), np.linspace(0.0, 1e6, size)):
        assert_within(median_slope(values), float(theilslopes(values).slope), 1e-15)
        assert_within(median_slope(values), naive.theil_sen_slope(values.tolist()), 1e-15)


@pytest.mark.parametrize(("size", "window"), [(20, 2), (20, 5), (20, 8), (21, 9), (30, 30), (31, 31)])
def test_the_ends_are_those_of_the_twin(size: int, window: int) -> None:
    values = random_walk(size, 1)
    assert_within(straighten_ends(values, window), naive.straighten_ends(values.tolist(), window), 1e-14)


def test_the_ends_are_lines_and_the_middle_is_untouched() -> None:
    values = random_walk(40, 1)
    straight = straighten_ends(values, 12)
    assert_equal(straight[6:34], values[6:34])
    assert_within(np.diff(straight[:7]), np.full(6, median_slope(values[:12])), 1e-13)
    assert_within(np.diff(straight[33:]), np.full(6, median_slope(values[28:])), 1e-13)


def test_differences_of_single_precision_are_rounded_to_it() -> None:
    """2^25 - 1 is 33554431 and has a digit too many for single precision."""
    assert median_slope(np.array([1.0, 2.0**25])) == 33554431.0
    assert median_slope(np.array([1.0, 2.0**25], dtype=np.float32)) == 33554432.0


@pytest.mark.parametrize(("size", "window"), [(20, 5), (30, 30), (31, 31), (130, 85)])
def test_the_ends_of_single_precision_are_those_of_the_twin(size: int, window: int) -> None:
    for values in (random_walk(size, 1), 1e6 * white(size, 2), rounded(3 * white(size, 3)), constant(size)):
        single = values.astype(np.float32)
        straight = straighten_ends(single, window)
        assert straight.dtype == np.float32
        assert_equal(straight, naive.straightened_in_single(single.tolist(), window))


@pytest.mark.parametrize("seed", range(60))
def test_peaks_count_by_falling_power(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two periods of one power, k and k + 1, have the mean k + 1/2, and rounding decides."""
    random = np.random.default_rng(seed)
    power = np.full(151, 1e-3)
    peaks = random.choice(np.arange(3, 70), int(random.integers(2, 14)), replace=False)
    power[peaks] = (
        random.choice([0.91, 0.95, 1.0 / 3.0 + 2.0 / 3.0, 0.9999999], peaks.size) * random.random() * 5.0
    )
    monkeypatch.setattr(module, "welch", lambda *_: power.copy())
    monkeypatch.setattr(naive, "welch", lambda *_, **__: (np.arange(151) / 300.0, power.copy()))
    values = white(600, seed)
    assert guess_period(values) == naive.broad_guess(values.tolist())
