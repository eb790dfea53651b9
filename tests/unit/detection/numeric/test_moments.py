"""Mean and variance beside numpy's, which the specification means."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.numeric.moments import (
    centred,
    centred_with_deviation,
    deviation,
    mean,
    variance,
)
from tests.support.signals import random_walk, white


@pytest.mark.parametrize("size", [1, 2, 12, 47, 1000, 8640])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e100])
def test_the_bits_are_those_of_numpy(size: int, scale: float) -> None:
    for values in (scale * random_walk(size, 1), scale * white(size, 2, level=3.0), np.full(size, scale)):
        assert mean(values) == values.mean()
        assert variance(values) == values.var()
        assert deviation(values) == values.std()
        np.testing.assert_array_equal(centred(values), values - values.mean())
        distance, spread = centred_with_deviation(values)
        np.testing.assert_array_equal(distance, values - values.mean())
        assert spread == values.std()


def test_the_values_stay_as_they_are() -> None:
    values = white(50, 3)
    before = values.copy()
    centred_with_deviation(values)
    np.testing.assert_array_equal(values, before)


def test_every_other_value_of_an_array_is_a_vector_too() -> None:
    values = white(101, 4)
    assert variance(values[::2]) == values[::2].var()
