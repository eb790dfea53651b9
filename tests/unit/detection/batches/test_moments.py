"""Moments of columns.

The smallest example: 1, 2 and 6 have the mean 3 and the squared distances 4, 1 and 9, which add up to 14.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.moments import LARGEST_SUM, Moments


def of(values: list[float], near: float = 0.0) -> Moments:
    columns = np.array([values])
    return Moments.of(columns, ~np.isnan(columns), np.array([near]))


def test_three_values() -> None:
    found = of([1.0, 2.0, 6.0])
    assert (found.count[0], found.mean[0], found.m2[0]) == (3.0, 3.0, 14.0)
    assert found.deviation()[0] == pytest.approx((14.0 / 3.0) ** 0.5)


@pytest.mark.parametrize("seed", range(30))
def test_parts_merge_to_the_whole(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(10.0 ** (seed % 6), 1.0, (3, 200))
    values[generator.random(values.shape) < 0.1] = np.nan
    cuts = np.sort(generator.integers(0, 200, 4))
    merged = Moments.none(3)
    for part in np.split(values, cuts, axis=1):
        if part.shape[1]:
            merged = merged.merge(Moments.of(part, ~np.isnan(part), np.nan_to_num(part[:, 0])))
    assert merged.count.tolist() == (~np.isnan(values)).sum(axis=1).tolist()
    np.testing.assert_allclose(merged.mean, np.nanmean(values, axis=1), rtol=1e-13)
    np.testing.assert_allclose(merged.deviation(), np.nanstd(values, axis=1), rtol=1e-9)


def test_equal_values_have_no_deviation_at_all_however_they_are_cut() -> None:
    known = Moments.none(1)
    for size in (3, 70, 1, 997):
        known = known.merge(of([0.1] * size, near=0.1))
    assert (known.count[0], known.mean[0], known.m2[0]) == (1071.0, 0.1, 0.0)


def test_a_large_offset_costs_no_digits() -> None:
    found = of([1e9 + 1.0, 1e9 + 2.0, 1e9 + 6.0], near=1e9)
    assert (found.mean[0], found.m2[0]) == (1e9 + 3.0, 14.0)


def test_nothing_changes_nothing() -> None:
    known, none = of([1.0, 2.0]), Moments.none(1)
    for merged in (known.merge(none), none.merge(known)):
        assert (merged.count[0], merged.mean[0], merged.m2[0]) == (2.0, 1.5, 0.5)
    empty = none.merge(none)
    assert (empty.count[0], empty.mean[0], empty.m2[0], empty.deviation()[0]) == (0.0, 0.0, 0.0, 0.0)


def test_a_weight_decays_and_the_mean_does_not() -> None:
    found = of([1.0, 2.0, 6.0]).decayed(np.array([0.5]))
    assert (found.count[0], found.mean[0], found.m2[0]) == (1.5, 3.0, 7.0)


def test_a_sum_never_becomes_infinite() -> None:
    far = Moments(np.array([1e8]), np.array([1e150]), np.array([0.0]))
    near = Moments(np.array([1e8]), np.array([-1e150]), np.array([0.0]))
    assert far.merge(near).m2[0] == LARGEST_SUM
