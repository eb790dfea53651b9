"""The order of values by introsort, which settles the order of equal values for the service.

Quicksort of indices by the median of three, insertion for short parts, heapsort where the parts stay long. It
is not stable: among equal values the course of the exchanges decides.

Source: Musser, "Introspective Sorting and Selection Algorithms", Software: Practice and Experience 27 (1997).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection import _kernels

if TYPE_CHECKING:
    from anomaly_container.detection.types import FloatArray, IntArray

_LONGEST_INSERTED = 16


def introsort(values: FloatArray) -> IntArray:
    """Return the order of values from the least: (n,) int64.

    Parameters
    ----------
    values : (n,) float64
        Without NaN.
    """
    order = np.arange(values.size)
    if _kernels.compiled is not None:
        _kernels.compiled.introsort(np.ascontiguousarray(values), order)
        return order
    order[:] = _sorted_indices(values.tolist())
    return order


def _sorted_indices(values: list[float]) -> list[int]:
    order = list(range(len(values)))
    waiting = [(0, len(values) - 1, 2 * (len(values).bit_length() - 1))]
    while waiting:
        low, high, depth = waiting.pop()
        if depth < 0:
            order[low : high + 1] = _heapsorted(order[low : high + 1], values)
            continue
        while high - low >= _LONGEST_INSERTED:
            pivot = _partition(order, values, low, high)
            depth -= 1
            if pivot - low < high - pivot:
                waiting.append((pivot + 1, high, depth))
                high = pivot - 1
            else:
                waiting.append((low, pivot - 1, depth))
                low = pivot + 1
        # A stable sort leaves what insertion leaves.
        order[low : high + 1] = sorted(order[low : high + 1], key=values.__getitem__)
    return order


def _partition(order: list[int], values: list[float], low: int, high: int) -> int:
    """Part order[low..high] by the median of its first, middle and last value; return where that ends up."""
    middle = low + (high - low) // 2
    for upper, lower in ((middle, low), (high, middle), (middle, low)):
        if values[order[upper]] < values[order[lower]]:
            order[upper], order[lower] = order[lower], order[upper]
    pivot = values[order[middle]]
    order[middle], order[high - 1] = order[high - 1], order[middle]
    up, down = low, high - 1
    while True:
        up += 1
        while values[order[up]] < pivot:
            up += 1
        down -= 1
        while pivot < values[order[down]]:
            down -= 1
        if up >= down:
            break
        order[up], order[down] = order[down], order[up]
    order[up], order[high - 1] = order[high - 1], order[up]
    return up


def _heapsorted(part: list[int], values: list[float]) -> list[int]:
    """Return a part of the order, sorted as a heap with the largest value at its root."""
    size = len(part)
    for root in range(size // 2 - 1, -1, -1):
        _sift_down(part, values, root, size)
    for last in range(size - 1, 0, -1):
        part[0], part[last] = part[last], part[0]
        _sift_down(part, values, 0, last)
    return part


def _sift_down(heap: list[int], values: list[float], place: int, size: int) -> None:
    """Move an index down past children with strictly larger values; of equal ones the left moves up."""
    moved = heap[place]
    while (child := 2 * place + 1) < size:
        if child + 1 < size and values[heap[child]] < values[heap[child + 1]]:
            child += 1
        if not values[moved] < values[heap[child]]:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = moved
