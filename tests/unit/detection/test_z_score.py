from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.constants import NORMAL_QUARTILE
from anomaly_container.detection.scaling import minmax
from anomaly_container.detection.tails import tails
from anomaly_container.detection.z_score import centre_and_spread, z_score_outliers
from tests.naive import esd as naive
from tests.signals import almost_constant, rounded, spikes, white

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray


def found(values: FloatArray, count: int) -> tuple[list[int], list[int]]:
    """Return the outliers of the upper and the lower tail."""
    upper, lower, _ = tails(values)
    scale = centre_and_spread(values)
    return (z_score_outliers(upper, scale, count).tolist(), z_score_outliers(lower, scale, count).tolist())


@pytest.mark.parametrize("seed", range(25))
def test_the_outliers_are_those_of_the_twin(seed: int) -> None:
    size = 20 + seed
    for values in (
        minmax(spikes(white(size, seed), seed, count=5, size=8.0)[0]),
        minmax(rounded(spikes(white(size, seed), seed, count=5, size=8.0)[0])),
        minmax(white(size, seed) ** 3),
    ):
        for count in (1, 3, size // 2 - 1):
            twin = tuple(naive.zscore(values.tolist(), count, upper) for upper in (True, False))
            assert found(values, count) == twin


def test_three_scaled_mads_are_no_outlier_and_more_is_one() -> None:
    # Median 0, median distance 1: the limit is 3 / Phi^-1(3/4) on either side.
    limit = 3.0 / NORMAL_QUARTILE
    calm = [-1.0, 1.0] * 6
    for beyond, outliers in ((1e-9, [12]), (-1e-9, [])):
        values = np.array([*calm, limit + beyond, -1.0, 0.0])
        assert found(values, 3)[0] == outliers
        assert found(-values, 3)[1] == outliers


def test_without_a_mad_the_deviation_decides() -> None:
    values = almost_constant(40, 1, value=0.0, others=0)
    values[[5, 9]] = [10.0, -10.0]
    assert found(values, 3) == ([5], [9])
    values[:12] = 10.0
    # The mean is 2.75, the deviation 4.9: nothing is three of them away.
    assert found(values, 3) == ([], [])


def test_a_series_without_any_spread_has_no_outliers() -> None:
    assert found(np.zeros(20), 5) == ([], [])


def test_a_distance_that_overflows_is_far() -> None:
    values = np.append(1e-300 * np.tile([-1.0, 1.0], 10), 1e300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found(values, 3) == ([20], [])


def test_the_scale_is_that_of_the_whole_series_where_the_tail_is_cut() -> None:
    values = np.full(30, 0.5)
    values[[3, 11, 12]] = [1.0, 0.0, 0.1]
    upper, _, has_majority = tails(values)
    assert has_majority
    assert upper.points.size < 30
    # The MAD is 0, and the deviation of all 30 is larger than that of the 28 the cut leaves.
    mean, deviation = values.mean(), values.std()
    assert (1.0 - mean) / deviation > 3.0
    assert z_score_outliers(upper, centre_and_spread(values), 5).tolist() == [3]
    assert z_score_outliers(upper, centre_and_spread(np.append(values, [0.0] * 9)), 5).size == 0
