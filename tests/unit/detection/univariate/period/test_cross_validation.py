from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.univariate.period.cross_validation import season_error
from tests.naive.univariate.period import gcv
from tests.support.signals import random_walk, rounded, seasonal, white
from tests.unit.detection.univariate.agreement import assert_within

pytestmark = pytest.mark.usefixtures("kernels")


@pytest.mark.parametrize("period", [1, 2, 5, 7, 12, 25, 30])
@pytest.mark.parametrize("seed", range(5))
def test_the_error_is_that_of_the_twin(seed: int, period: int) -> None:
    for values in (white(60, seed), random_walk(61 + seed, seed), rounded(seasonal(75, 7, seed, level=0.0))):
        assert_within(season_error(values, period), gcv(values.tolist(), period), 1e-12)


@pytest.mark.parametrize(("size", "period"), [(14, 7), (20, 7), (48, 12), (50, 24)])
def test_the_error_is_what_leaving_each_point_out_makes(size: int, period: int) -> None:
    values = seasonal(size, period, 1, level=0.0)
    errors = []
    for point in range(size):
        others = [other for other in range(point % period, size, period) if other != point]
        errors.append((values[point] - values[others].mean()) ** 2)
    assert season_error(values, period) == pytest.approx(np.mean(errors), rel=1e-12)


def test_no_more_than_rounding_is_no_error() -> None:
    season = np.tile(white(7, 1), 6)
    assert season_error(season, 7) == 0.0
    # Six members (c / (c - 1))^2 d^2 (1 - 1/c) c / n: the error of one point moved by d is 0.0286 d^2.
    for moved, is_error in ((5.5e-4, False), (6.5e-4, True)):
        season[3] += moved
        assert (season_error(season, 7) > 0.0) is is_error
        season[3] -= moved
