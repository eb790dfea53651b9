"""The two middle order statistics of the robustness scale, as R's partial sort leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection.univariate.types import StlRule

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

# Below this many elements a scan of a list is faster than array operations.
_NARROW = 160


def middle_values(residuals: FloatArray, rule: StlRule) -> tuple[float, float]:
    """Return the order statistics of ranks n/2 and n/2 + 1 (twice the median for odd n).

    Parameters
    ----------
    residuals : (n,) float64
        Absolute residuals in time order.
    rule : StlRule
        `SERVICE`: for even n, one of the two can be wrong, depending on the order of the input: R's partial
        sort is called with the ranks in decreasing order. `PUBLISHED`: the true order statistics.
    """
    n = residuals.size
    if n % 2:
        middle = float(np.partition(residuals, n // 2)[n // 2])
        return middle, middle
    if rule is StlRule.PUBLISHED:
        ordered = np.partition(residuals, (n // 2 - 1, n // 2))
        return float(ordered[n // 2 - 1]), float(ordered[n // 2])
    return _partially_sorted_middle(residuals.copy())


def _partially_sorted_middle(work: FloatArray) -> tuple[float, float]:
    """Partition `work` towards both middle ranks and return the values at those positions."""
    lower_rank, upper_rank = work.size // 2 - 1, work.size // 2
    first, last = 0, work.size - 1
    low_wanted = high_wanted = True
    start, part = 0, work[:0].tolist()
    narrow = False
    while first < last:
        if not narrow and last - first < _NARROW:
            narrow, start, part = True, first, work[first : last + 1].tolist()
        if first > 0 and last - first <= 10:
            part[first - start : last - start + 1] = sorted(part[first - start : last - start + 1])
            break
        if narrow:
            below, above = _partition_list(part, first - start, last - start)
            below, above = below + start, above + start
        else:
            below, above = _partition_array(work, first, last)
        low_in_lower = low_wanted and lower_rank <= below
        low_in_upper = low_wanted and lower_rank >= above
        high_in_lower = high_wanted and upper_rank <= below
        high_in_upper = high_wanted and upper_rank >= above
        if low_in_lower and high_in_upper:
            # The service keeps the value at the other rank, sorted or not.
            if below - first <= last - above:
                high_wanted, last = False, below
            else:
                low_wanted, first = False, above
        elif low_in_lower or high_in_lower:
            last = below
        elif low_in_upper or high_in_upper:
            first = above
        else:
            break
    if narrow:
        work[start : start + len(part)] = part
    return float(work[lower_rank]), float(work[upper_rank])


def _partition_list(part: list[float], first: int, last: int) -> tuple[int, int]:
    """Partition part[first..last] in place; return the last index below and the first above the pivot."""
    middle = _order_three(part, first, last)
    pivot = part[middle]
    up, down = first, last
    while True:
        down -= 1
        while part[down] > pivot:
            down -= 1
        up += 1
        while part[up] < pivot:
            up += 1
        if up > down:
            return down, up
        part[up], part[down] = part[down], part[up]


def _partition_array(work: FloatArray, first: int, last: int) -> tuple[int, int]:
    """Do the same as `_partition_list`, with all exchanges at once."""
    middle = _order_three(work, first, last)
    pivot = work[middle]
    inner = work[first : last + 1]
    rising = np.flatnonzero(inner[1:] >= pivot) + (first + 1)
    falling = np.flatnonzero(inner[:-1] <= pivot)[::-1] + first
    pairs = min(rising.size, falling.size)
    exchanged = int(np.count_nonzero(rising[:pairs] <= falling[:pairs]))
    up, down = rising[:exchanged], falling[:exchanged]
    work[up], work[down] = work[down], work[up]
    # A scan without a further candidate stops at the last exchanged position of the other scan.
    above = int(rising[exchanged]) if exchanged < rising.size else last
    below = int(falling[exchanged]) if exchanged < falling.size else first
    moved = int(np.count_nonzero(up < down))
    if moved:
        above, below = min(above, int(down[moved - 1])), max(below, int(up[moved - 1]))
    return below, above


def _order_three(work: FloatArray | list[float], first: int, last: int) -> int:
    """Move the median of first, middle and last element to the middle; return its index (halved 1-based)."""
    middle = (first + last + 2) // 2 - 1
    if work[first] > work[middle]:
        work[first], work[middle] = work[middle], work[first]
    if work[last] < work[middle]:
        work[last], work[middle] = work[middle], work[last]
        if work[first] > work[middle]:
            work[first], work[middle] = work[middle], work[first]
    return middle
