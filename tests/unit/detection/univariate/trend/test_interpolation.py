from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.univariate.trend.interpolation import bridge, despike
from tests.naive.univariate import period as naive
from tests.support.signals import constant, spikes, white, with_one_spike
from tests.unit.detection.univariate.agreement import assert_equal, assert_within


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("seed", range(10))
def test_bridge_draws_the_lines_of_its_twin(seed: int, share: float) -> None:
    values = white(60, seed)
    marked = np.random.default_rng(seed).random(60) < share
    marked[seed] = False
    twin = naive.interpolated(values.tolist(), np.flatnonzero(~marked).tolist())
    bridged = bridge(values, marked)
    assert_within(bridged, twin, 1e-15)
    assert_equal(bridged[~marked], values[~marked])


def test_bridge_holds_the_ends() -> None:
    marked = np.array([True, True, False, True, False, True])
    assert_equal(bridge(np.array([9.0, 9.0, 1.0, 9.0, 2.0, 9.0]), marked), [1.0, 1.0, 1.0, 1.5, 2.0, 2.0])


def test_with_nothing_to_draw_from_the_values_stay() -> None:
    assert_equal(bridge(white(5, 1), np.ones(5, dtype=np.bool_)), white(5, 1))


@pytest.mark.parametrize("seed", range(10))
def test_despike_takes_out_what_its_twin_takes_out(seed: int) -> None:
    spiked, where = spikes(white(80, seed), seed, size=15.0)
    calm = despike(spiked)
    assert_within(calm, naive.despike(spiked.tolist()), 1e-15)
    assert (calm[where] != spiked[where]).all()


def test_three_deviations_are_a_spike_and_less_is_none() -> None:
    # One of n equal values moved by any amount stands sqrt(n - 1) population deviations from the mean.
    for size, is_spike in ((9, False), (12, True)):
        calm = despike(with_one_spike(constant(size), 4, 100.0))
        assert (calm[4] == 855.0) == is_spike


def test_despike_leaves_a_constant_series_alone() -> None:
    assert_equal(despike(constant(20, value=0.1)), constant(20, value=0.1))
