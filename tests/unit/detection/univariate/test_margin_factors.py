from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.univariate.margin_factors import FACTORS
from tests.naive.univariate.margins import factor


def closed_form(sensitivity: int) -> float:
    """The factor of a sensitivity, piece by piece."""
    s = sensitivity
    pieces = [
        (24, 0.8 * (s - 25) ** 2 + 32.0),
        (45, 30.0 - 1.25 * (s - 25)),
        (55, 4.6 - 0.4 * (s - 46)),
        (65, 0.96 - 0.04 * (s - 56)),
        (75, 0.57 - 0.03 * (s - 66)),
        (85, 0.285 - 0.015 * (s - 76)),
        (92, (0.152 - 0.013 * (s - 86)) / 1.1),
        (93, 0.048 / 1.1),
        (95, 0.012 - 0.004 * (s - 94)),
        (99, 0.008 - 0.001925 * (s - 95)),
        (100, 0.0),
    ]
    return next(value for until, value in pieces if s <= until)


def test_the_factors_are_the_closed_form() -> None:
    for formula in (closed_form, factor):
        np.testing.assert_allclose(FACTORS, [formula(s) for s in range(101)], rtol=0.0, atol=1e-12)


def test_there_is_one_factor_for_each_sensitivity_and_higher_ones_are_smaller() -> None:
    assert FACTORS.shape == (101,)
    assert (FACTORS[0], FACTORS[100]) == (532.0, 0.0)
    assert (np.diff(FACTORS) < 0.0).all()


def test_the_factors_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        FACTORS[99] = 0.0
