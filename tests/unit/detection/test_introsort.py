from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection import _kernels
from anomaly_container.detection import introsort as module
from anomaly_container.detection.introsort import introsort
from tests.naive.esd import ascending
from tests.signals import constant, random_walk, rounded, steps, white
from tests.unit.detection.agreement import assert_equal

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.detection.types import FloatArray

pytestmark = pytest.mark.usefixtures("kernels")


def test_of_17_equal_values_all_but_three_change_sides() -> None:
    """The middle one, the pivot, waits at the last place but one; the others are exchanged from both ends.

    0 1 2 3 4 5 6 7 [8] 9 10 11 12 13 14 15 16: index 8 and 15 change places, then 1 and 14, 2 and 13, ...,
    6 and 9, then 7 with 15, which stands beside it now. The scans have met: 8 comes back to the middle for 7.
    """
    order = [0, 14, 13, 12, 11, 10, 9, 15, 8, 6, 5, 4, 3, 2, 1, 7, 16]
    assert introsort(np.zeros(17)).tolist() == order


def test_up_to_16_values_keep_the_order_of_equals() -> None:
    values = np.array([1.0, 0.0, 1.0, 0.0] * 4)
    assert introsort(values).tolist() == [*range(1, 16, 2), *range(0, 16, 2)]


def test_zeros_of_both_signs_are_equal() -> None:
    zeros = np.where(np.arange(40) % 3, 0.0, -0.0)
    assert_equal(introsort(zeros), introsort(np.zeros(40)))


SERIES: dict[str, Callable[[int], FloatArray]] = {
    "equal": constant,
    "two values": lambda n: np.sign(white(n, 1)),
    "coins at the end": lambda n: np.where(np.arange(n) > n // 2, np.sign(white(n, 2)), 0.0),
    "counts": lambda n: rounded(2.0 * white(n, 3)),
    "levels": lambda n: rounded(steps(max(n, 20), 4)[:n]),
    "a rounded walk": lambda n: rounded(random_walk(n, 5)),
    "ascending steps": lambda n: np.arange(float(n)) // 3,
    "descending steps": lambda n: -(np.arange(float(n)) // 5),
    "a saw": lambda n: np.arange(float(n)) % 7,
    "a pipe organ": lambda n: np.minimum(np.arange(float(n)), n - np.arange(float(n))),
    "one apart": lambda n: np.where(np.arange(n) == n // 2, -1.0, 0.0),
    "distinct": lambda n: white(n, 6),
}


@pytest.mark.parametrize("size", [1, 2, 3, 12, 15, 16, 17, 18, 31, 32, 33, 34, 100, 257, 1000])
@pytest.mark.parametrize("kind", SERIES)
def test_the_order_is_that_of_the_twin(kind: str, size: int) -> None:
    values = SERIES[kind](size)
    order = introsort(values)
    assert order.tolist() == ascending(values.tolist())
    assert_equal(values[order], np.sort(values))


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_random_ties_is_that_of_the_twin(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 400))
    values = random.integers(0, int(random.integers(1, 40)), size) / 7.0
    assert introsort(values).tolist() == ascending(values.tolist())


def test_the_order_of_the_longest_series_is_that_of_the_twin() -> None:
    values = rounded(3.0 * white(8640, 1))
    assert introsort(values).tolist() == ascending(values.tolist())


class Undecided:
    """A value that is fixed as late as it can be, so that each pivot turns out to be among the least.

    Source: McIlroy, "A Killer Adversary for Quicksort", Software: Practice and Experience 29 (1999).
    """

    solid = 0
    candidate: Any = None

    def __init__(self) -> None:
        self.value: float | None = None

    def settle(self, other: Undecided) -> None:
        if self.value is None and other.value is None:
            chosen = self if self is Undecided.candidate else other
            chosen.value = float(Undecided.solid)
            Undecided.solid += 1
        if self.value is None:
            Undecided.candidate = self
        elif other.value is None:
            Undecided.candidate = other

    def height(self) -> float:
        return np.inf if self.value is None else self.value

    def __lt__(self, other: Undecided) -> bool:
        self.settle(other)
        return self.height() < other.height()

    def __gt__(self, other: Undecided) -> bool:
        return other < self

    def __ge__(self, other: Undecided) -> bool:
        return not self < other

    def __le__(self, other: Undecided) -> bool:
        return not other < self


def killer(size: int) -> FloatArray:
    """Return values on which the sort, without its bound of depth, takes quadratic time."""
    Undecided.solid, Undecided.candidate = 0, None
    values: list[Any] = [Undecided() for _ in range(size)]
    ascending(values)
    return np.array([min(one.height(), float(size)) for one in values])


@pytest.mark.parametrize("size", [100, 255, 700])
@pytest.mark.parametrize("alike", [1, 2])
def test_parts_that_stay_long_are_sorted_as_heaps(
    size: int, alike: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.floor(killer(size) / alike)
    heaps: list[int] = []
    heapsorted = module._heapsorted  # noqa: SLF001 - which way was taken is not seen outside

    def noted(part: list[int], of_values: list[float]) -> list[int]:
        heaps.append(len(part))
        return heapsorted(part, of_values)

    monkeypatch.setattr(module, "_heapsorted", noted)
    order = introsort(values)
    assert order.tolist() == ascending(values.tolist())
    assert heaps or _kernels.compiled is not None
