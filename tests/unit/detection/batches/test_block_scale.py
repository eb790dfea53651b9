"""Robust centre and scale of a block.

The smallest example: of 1 to 11 and 1000 the median is 6.5 and the median absolute deviation 3; 1000 is
beyond four scales, so the centre is 6, the mean of the others.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.block_scale import block_scale
from tests.naive.batches import channel as naive


def test_eleven_values_and_an_outlier() -> None:
    centre, scale = block_scale(np.array([[*range(1, 12), 1000.0]]))
    assert centre[0] == 6.0
    assert scale[0] == pytest.approx(np.std([*range(1, 12), 1000.0]) / 6.0)


@pytest.mark.parametrize("seed", range(40))
def test_every_column_is_that_of_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = np.stack(
        [
            generator.normal(1e3, 1.0, 80),
            generator.standard_t(1, 80),
            np.round(generator.normal(size=80)),
            np.repeat([0.0, 5.0], [75, 5]),
            np.full(80, 0.1),
        ]
    )
    values[generator.random(values.shape) < 0.02 * (seed % 20)] = np.nan
    values = values[:, : 8 + 2 * seed]
    centre, scale = block_scale(values)
    for at, column in enumerate(values.tolist()):
        expected = naive.block_scale(column)
        assert (centre[at], scale[at]) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_values_whose_squares_are_too_small_have_a_scale_of_zero() -> None:
    values = np.arange(20.0)[None] * 1e-200
    centre, scale = block_scale(values)
    expected = pytest.approx((9.5e-200, 0.0), rel=1e-12, abs=0.0)
    assert (centre[0], scale[0]) == expected
    assert naive.block_scale(values[0].tolist()) == expected


def test_fewer_than_twelve_values_have_no_scale_and_equal_ones_a_scale_of_zero() -> None:
    values = np.full((2, 12), 0.1)
    values[0, 3] = np.nan
    centre, scale = block_scale(values)
    assert np.isnan((centre[0], scale[0])).all()
    assert (centre[1], scale[1]) == (0.1, 0.0)
