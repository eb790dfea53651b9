"""Functions of the library leave their arguments alone, and answer the same question alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection import (
    ChangePointOptions,
    EntireResult,
    Granularity,
    LastResult,
    Series,
    StlRule,
    change_points,
    entire,
    last,
)
from anomaly_container.detection.bridging import bridge, despike
from anomaly_container.detection.changepoint import walk_trend
from anomaly_container.detection.correlogram import autocorrelation, correlogram_period
from anomaly_container.detection.cross_validation import season_error
from anomaly_container.detection.decomposition import decompose
from anomaly_container.detection.dickey_fuller import adf_statistic
from anomaly_container.detection.dynamic import detect_dynamic
from anomaly_container.detection.order_statistics import middle_values
from anomaly_container.detection.period import detect_period
from anomaly_container.detection.phases import by_cycle
from anomaly_container.detection.running_median import centred_median, to_single, truncated_median
from anomaly_container.detection.scaling import mad, minmax
from anomaly_container.detection.seasonal import detect_seasonal
from anomaly_container.detection.spectral import detect_spectral, saliency_scores
from anomaly_container.detection.spline_trend import (
    guess_period,
    median_slope,
    spline_trend,
    straighten_ends,
    welch,
)
from anomaly_container.detection.stationarity import difference, is_stationary, kpss_statistic
from anomaly_container.detection.stl import robust_stl, robustness_weights
from anomaly_container.detection.tails import tails
from anomaly_container.detection.voting import vote
from tests.signals import rounded, seasonal, spikes
from tests.unit.detection.random_requests import request

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.types import FloatArray

VALUES = rounded(spikes(seasonal(100, 7, 1, amplitude=4.0), 1)[0], digits=1)
MARKED = np.arange(100) % 9 == 4
SCALED = minmax(VALUES)

KERNELS: dict[str, Callable[[FloatArray], Any]] = {
    "adf_statistic": adf_statistic,
    "autocorrelation": lambda x: autocorrelation(x, 30),
    "bridge": lambda x: bridge(x, MARKED),
    "by_cycle": lambda x: by_cycle(x, 7),
    "centred_median": lambda x: centred_median(to_single(x)[0], 9),
    "correlogram_period": correlogram_period,
    "decompose": lambda x: decompose(x, 7, StlRule.SERVICE, last_only=False).trend,
    "decompose, last point": lambda x: decompose(x, 7, StlRule.SERVICE, last_only=True).trend,
    "despike": despike,
    "detect_dynamic": lambda x: detect_dynamic(x, 0.25, last_only=False).expected,
    "detect_period": lambda x: detect_period(x, Granularity.DAILY, 1),
    "detect_seasonal": lambda x: detect_seasonal(x, 7, 0.25, StlRule.SERVICE, last_only=False).expected,
    "detect_spectral": lambda x: detect_spectral(x, 0.25, last_only=False, with_trend=True).trend,
    "detect_spectral, last point": lambda x: detect_spectral(x, 0.25, last_only=True, with_trend=False).trend,
    "difference": lambda x: difference(x, 2),
    "guess_period": guess_period,
    "is_stationary": is_stationary,
    "kpss_statistic": kpss_statistic,
    "mad": mad,
    "median_slope": median_slope,
    "middle_values": lambda x: middle_values(x, StlRule.SERVICE),
    "minmax": minmax,
    "robust_stl": lambda x: robust_stl(x, 7, StlRule.SERVICE).remainder,
    "robustness_weights": lambda x: robustness_weights(x, StlRule.SERVICE),
    "saliency_scores": lambda x: saliency_scores(x, x[-6:]),
    "season_error": lambda x: season_error(x, 7),
    "spline_trend": lambda x: spline_trend(x, None),
    "straighten_ends": lambda x: straighten_ends(x, 20),
    "tails": lambda x: tails(x)[0].values,
    "truncated_median": lambda x: truncated_median(x, 9),
    "vote": lambda x: vote(x, [x], 0.25, last_only=True)[0],
    "walk_trend": lambda x: walk_trend(x, 5, 0.9)[1],
    "welch": lambda x: welch(x, 20),
}  # fmt: skip


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_leaves_its_values_alone_and_repeats_itself(kernel: str) -> None:
    values = SCALED.copy()
    values.flags.writeable = False
    first = KERNELS[kernel](values)
    np.testing.assert_array_equal(first, KERNELS[kernel](values))
    np.testing.assert_array_equal(values, SCALED)


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_a_kernel_returns_is_not_what_it_was_given(kernel: str) -> None:
    values = SCALED.copy()
    result = KERNELS[kernel](values)
    assert not np.shares_memory(np.asarray(result), values)


def protected(series: Series) -> Series:
    copy = Series(series.values.copy(), series.slots.copy())
    copy.values.flags.writeable = copy.slots.flags.writeable = False
    return copy


@pytest.mark.parametrize("seed", range(12))
def test_requests_leave_their_series_alone_and_have_one_answer(seed: int) -> None:
    series, options = request(seed)
    shut = protected(series)
    results: list[EntireResult | LastResult] = [entire(shut, options), last(shut, options)]
    # Another request in between leaves no trace.
    entire(*request(seed + 1))
    again = [entire(shut, options), last(shut, options)]
    for first, second in zip(results, again, strict=True):
        for name in first.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    np.testing.assert_array_equal(shut.values, series.values)
    np.testing.assert_array_equal(shut.slots, series.slots)


@pytest.mark.parametrize("seed", range(10))
def test_change_points_leave_their_series_alone(seed: int) -> None:
    series, options = request(seed)
    shut = protected(series)
    wanted = ChangePointOptions(options.granularity, options.interval)
    first, second = change_points(shut, wanted), change_points(shut, wanted)
    np.testing.assert_array_equal(first.confidence_scores, second.confidence_scores)
    np.testing.assert_array_equal(first.is_change_point, second.is_change_point)


def test_the_arrays_of_an_answer_are_its_own() -> None:
    for seed in range(20):
        series, options = request(seed)
        result = entire(series, options)
        arrays = [
            value
            for name in EntireResult.__dataclass_fields__
            if isinstance(value := getattr(result, name), np.ndarray)
        ]
        assert not any(np.shares_memory(array, series.values) for array in arrays)
