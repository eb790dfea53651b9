from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.scaling import minmax
from anomaly_container.detection.tails import majority_value, tails
from tests.naive import esd as naive
from tests.signals import almost_constant, constant, rounded, white
from tests.unit.detection.agreement import assert_equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.detection.tails import Tail
    from anomaly_container.detection.types import FloatArray


def series(seed: int) -> Iterator[FloatArray]:
    """Yield scaled series: distinct values, ties, a majority in the middle, at an end, everywhere."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(12, 60))
    yield minmax(white(size, seed))
    yield minmax(rounded(2.0 * white(size, seed)))
    yield minmax(almost_constant(size, seed))
    yield np.where(rng.random(size) < 0.7, 0.5, rng.random(size))
    yield np.where(rng.random(size) < 0.7, 0.0, rng.random(size))
    yield np.where(rng.random(size) < 0.7, 1.0, rng.random(size))
    yield np.where(rng.random(size) < 0.7, 0.5 + 1e-9 * rng.random(size), rng.random(size))
    yield minmax(constant(size))


def cut_order(values: FloatArray, *, upper: bool) -> list[int]:
    """Return the twin's order, cut after the last point that has the majority value."""
    order = naive.extremes_first(values.tolist(), upper)
    majority = naive.majority_value(sorted(values.tolist()))
    if majority is None:
        return order
    end = max(place for place, point in enumerate(order) if abs(values[point] - majority) < 1e-8)
    return order[: end + 1]


@pytest.mark.parametrize("seed", range(25))
def test_the_order_is_that_of_the_twin(seed: int) -> None:
    for values in series(seed):
        upper, lower, has_majority = tails(values)
        assert upper.points.tolist() == cut_order(values, upper=True)
        assert lower.points.tolist() == cut_order(values, upper=False)
        assert has_majority == (naive.majority_value(sorted(values.tolist())) is not None)
        assert (upper.direction, lower.direction) == (1.0, -1.0)
        for tail in (upper, lower):
            assert_equal(tail.values, values[tail.points])


@pytest.mark.parametrize("seed", range(25))
def test_the_majority_is_that_of_the_twin(seed: int) -> None:
    for values in series(seed):
        ordered = np.sort(values)
        assert majority_value(ordered) == naive.majority_value(ordered.tolist())


def points(tail: Tail) -> list[int]:
    return list(tail.points.tolist())


def test_equal_values_come_later_first_above_and_earlier_first_below() -> None:
    upper, lower, _ = tails(np.array([1.0, 0.0, 1.0, 0.0, 1.0]))
    assert points(upper) == [4, 2, 0, 3, 1]
    assert points(lower) == [1, 3, 0, 2, 4]


def test_the_order_of_equals_is_that_of_introsort() -> None:
    """Of 17 equal points the middle one waits at the last place but one, while all others change sides."""
    upper, lower, has_majority = tails(np.zeros(17))
    assert not has_majority
    assert points(lower) == [0, 14, 13, 12, 11, 10, 9, 15, 8, 6, 5, 4, 3, 2, 1, 7, 16]
    assert points(upper) == points(lower)[::-1]


def test_a_majority_cuts_the_other_tail_off() -> None:
    values = np.array([0.5, 0.9, 0.5, 0.5, 0.1, 0.5, 0.5, 1.0, 0.5, 0.0])
    upper, lower, has_majority = tails(values)
    assert has_majority
    assert points(upper) == [7, 1, 8, 6, 5, 3, 2, 0]
    assert points(lower) == [9, 4, 0, 2, 3, 5, 6, 8]


@pytest.mark.parametrize("extreme", [0.0, 1.0])
def test_a_majority_at_an_end_of_the_series_is_none(extreme: float) -> None:
    values = np.array([extreme] * 9 + [0.3, 0.6, 1.0 - extreme])
    upper, lower, has_majority = tails(values)
    assert not has_majority
    assert upper.points.size == lower.points.size == values.size
