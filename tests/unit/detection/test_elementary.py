from __future__ import annotations

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from anomaly_container.detection.elementary import cbrt, exp, log, magnitude, power
from tests.signals import white
from tests.unit.detection.agreement import assert_equal

pytestmark = pytest.mark.usefixtures("kernels")


def test_simple_values() -> None:
    assert log(np.array([1.0, math.e])).tolist() == [0.0, 1.0]
    assert exp(np.array([0.0, 1.0])).tolist() == [1.0, math.e]
    assert cbrt(np.array([8.0, -1.0, 0.0])).tolist() == [2.0, -1.0, 0.0]
    assert magnitude(np.array([3.0 + 4.0j, -5.0 + 0.0j, 0.0j])).tolist() == [5.0, 5.0, 0.0]
    assert power(np.array([3.0 + 4.0j, 1.0j])).tolist() == [25.0, 1.0]


@pytest.mark.parametrize("seed", range(5))
def test_each_number_is_that_of_the_c_library(seed: int) -> None:
    values = np.abs(white(5000, seed)) * 10.0 ** np.random.default_rng(seed).integers(-20, 3, 5000) + 1e-100
    assert_equal(log(values), [math.log(value) for value in values.tolist()])
    assert_equal(exp(values[values < 700.0]), [math.exp(value) for value in values[values < 700.0].tolist()])
    assert_equal(cbrt(values), [math.cbrt(value) for value in values.tolist()])


def test_powers_beyond_the_range_are_infinite_and_no_warning() -> None:
    largest = math.log(1.7976931348623157e308)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        powers = exp(np.array([largest, np.nextafter(largest, 1e3), 1e300, np.inf, -1e300, -np.inf, 0.0]))
    assert np.isfinite(powers[0])
    assert powers[1:].tolist() == [np.inf, np.inf, np.inf, 0.0, 0.0, 1.0]


def test_what_is_not_a_number_stays_so() -> None:
    assert np.isnan(exp(np.array([np.nan]))).all()


@pytest.mark.parametrize("exponent", [-300, -160, -150, -140, 0, 100, 140, 150, 160, 300])
def test_magnitudes_neither_overflow_nor_vanish(exponent: int) -> None:
    scale = 10.0**exponent
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = magnitude(np.array([complex(3.0 * scale, 4.0 * scale), complex(0.0, -scale)]))
    assert found.tolist() == pytest.approx([5.0 * scale, scale], rel=1e-15, abs=0.0)


def test_squared_magnitudes_are_rounded_after_each_operation() -> None:
    """A fused multiplication and addition, as of complex numbers, rounds once and gives another sum."""
    a, b = 1.0 + 2.0**-30, 1.0 + 2.0**-29
    rounded = a * a + b * b
    assert power(np.array([complex(a, b)]))[0] == rounded
    fused = float(Fraction(a) ** 2 + Fraction(b * b))
    assert Fraction(a * a) != Fraction(a) ** 2
    assert fused == pytest.approx(rounded, rel=1e-15)


def test_slices_and_columns_are_read() -> None:
    values = np.arange(1.0, 21.0)
    assert_equal(log(values[::3]), log(values[::3].copy()))
    numbers = np.array([complex(part, 1.0) for part in range(20)])
    assert_equal(magnitude(numbers[::2]), magnitude(numbers[::2].copy()))
