from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.running_median import centred_median, to_single, truncated_median
from anomaly_container.detection.scaling import minmax
from tests.naive import running as naive
from tests.signals import almost_constant, constant, random_walk, rounded, seasonal, spikes, white
from tests.unit.detection.agreement import assert_equal, assert_within

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray, SingleArray

WIDTHS = [1, 3, 5, 7, 25, 49]
SERIES = {
    "noise": minmax(white(60, 1)),
    "walk": minmax(random_walk(61, 2)),
    "season": minmax(seasonal(75, 7, 3)),
    "spikes": minmax(spikes(white(50, 4), 4)[0]),
    "counts": minmax(rounded(2 * white(63, 5))),
    "almost constant": minmax(almost_constant(70, 6)),
    "constant": constant(55, value=0.1),
}
pytestmark = pytest.mark.usefixtures("kernels")


def single(values: FloatArray) -> SingleArray:
    return to_single(values)[0]


def doubles(values: SingleArray, width: int) -> FloatArray:
    return centred_median(values, width).astype(np.float64)


@pytest.mark.parametrize("width", [*WIDTHS, 51, 75, 77])
@pytest.mark.parametrize("kind", SERIES)
def test_the_centred_median_is_that_of_the_twin(kind: str, width: int) -> None:
    values = SERIES[kind]
    assert_equal(centred_median(single(values), width), naive.running_median_centre(values.tolist(), width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", SERIES)
def test_the_truncated_median_is_that_of_the_twin(kind: str, width: int) -> None:
    values = SERIES[kind]
    assert_equal(truncated_median(values, width), naive.running_median_stale(values.tolist(), width))


def test_stale_elements_stay_in_the_last_windows() -> None:
    stale = 0
    for seed in range(30):
        values = minmax(white(90, seed))
        medians = truncated_median(values, 25)
        assert_equal(medians, naive.running_median_stale(values.tolist(), 25))
        off = np.abs(medians - naive.running_median_truncated(values.tolist(), 25))
        # Everywhere but in the last half window the plain median differs by the rounding alone.
        assert off[:-12].max() < 1e-7
        stale += off[-12:].max() > 1e-3
    assert stale >= 15


def test_values_that_single_precision_holds_leave_the_window_as_they_should() -> None:
    values = np.round(white(90, 1) * 64.0) / 64.0
    plain = naive.running_median_truncated(values.tolist(), 25)
    assert_equal(truncated_median(values, 25), np.asarray(plain, dtype=np.float32))


@pytest.mark.parametrize(
    ("leaving", "medians"),
    [
        # 0.8 is rounded up: the 0.5 below it goes in its place, and 0.8 stays for good.
        (0.8, [(0.8 + 0.9) / 2, 0.9]),
        # 0.7 is rounded down: it goes as it should.
        (0.7, [(0.5 + 0.9) / 2, 0.9]),
        # 0.75 is not rounded.
        (0.75, [(0.5 + 0.9) / 2, 0.9]),
        # 0.2 is rounded up too, but nothing lies below it: the smallest goes, which is itself.
        (0.2, [(0.5 + 0.9) / 2, 0.9]),
    ],
)
def test_a_value_that_was_rounded_up_does_not_leave(leaving: float, medians: list[float]) -> None:
    values = np.array([0.0, 0.1, leaving, 0.5, 0.9, 1.0, 0.25])
    assert_within(truncated_median(values, 5)[-2:], medians, 1e-7)


@pytest.mark.parametrize("exponent", [101, 128, 200, 332])
def test_huge_values_have_medians_of_all_their_digits(exponent: int) -> None:
    values = white(60, 1)
    # The largest has an exponent of 100 and more; the scale that makes it fit is a power of two.
    huge = values * 2.0**exponent
    assert np.abs(huge).max() > np.float32(1e30)
    scaled, scale = to_single(huge)
    assert_equal(doubles(scaled, 9) / scale, doubles(single(values), 9) * 2.0**exponent)


def test_values_at_the_limit_of_the_contract_have_finite_medians() -> None:
    values = np.where(np.arange(60) % 7 < 4, 1e100, -1e100)
    scaled, scale = to_single(values)
    assert_within(doubles(scaled, 7)[3:-3] / scale, np.full(54, 1e100), 1e-7)


def test_ordinary_values_are_rounded_to_single_precision_and_not_scaled() -> None:
    values = white(40, 1) * 2.0**90
    scaled, scale = to_single(values)
    assert scale == 1.0
    assert_equal(centred_median(scaled, 41), values.astype(np.float32))
    tiny = np.full(30, 1e-300)
    assert_equal(centred_median(single(tiny), 5), np.zeros(30))
