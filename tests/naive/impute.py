"""Values for the empty slots of a grid (algorithm.md section 3)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import interp1d

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_GRID = 17280


def gaps_of(slots: Sequence[int]) -> list[tuple[int, int]]:
    """Return [start, end) of every run of empty slots."""
    return [(a + 1, b) for a, b in pairwise(slots) if b > a + 1]


def straight(left: int, right: int, y_left: float, y_right: float, at: int) -> float:
    """Evaluate the line through two points."""
    return y_left + (y_right - y_left) / (right - left) * (at - left)


def fill_linear(known: dict[int, float], length: int) -> list[float]:
    """Draw straight lines between the known slots."""
    slots = sorted(known)
    result = [known.get(i, 0.0) for i in range(length)]
    for start, end in gaps_of(slots):
        for i in range(start, end):
            result[i] = straight(start - 1, end, known[start - 1], known[end], i)
    return result


def fill_previous(known: dict[int, float], length: int) -> list[float]:
    """Repeat the last real value."""
    result: list[float] = []
    for i in range(length):
        result.append(known[i] if i in known else result[-1])
    return result


def short_gaps_by_spline(known: dict[int, float], length: int, period: int) -> dict[int, float]:
    """Fill gaps of at most 6 slots and a quarter period by a cubic spline (section 3, auto, a).

    By 15 F real points, too, come from the spline.
    """
    slots = sorted(known)
    curve = interp1d(slots, [known[i] for i in slots], kind="cubic")(range(length))
    lowest, highest = min(known.values()), max(known.values())
    filled = {i: float(curve[i]) for i in slots}
    for start, end in gaps_of(slots):
        if end - start > 6 or end - start > period / 4:
            continue
        gap = range(start, end)
        values = {i: float(curve[i]) for i in gap}
        around = [
            float(curve[i]) for i in (start - 2, start - 1, end, end + 1) if 0 < i < length and i in known
        ]
        if len(around) > 2 and around in (sorted(around), sorted(around, reverse=True)):
            low, high = min(around[0], around[-1]), max(around[0], around[-1])
            if any(value < low or value > high for value in values.values()):
                values = straight_gap(known[start - 1], known[end], gap)
        for i in gap:
            filled[i] = min(max(values[i], lowest), highest)
    return filled


def straight_gap(low: float, high: float, gap: range) -> dict[int, float]:
    """Fill a gap by equal steps from the point before it to the one behind it (15 F)."""
    steps = np.linspace(0.0, 1.0, len(gap) + 2)[1:-1].tolist()
    return {i: low + (high - low) * t for i, t in zip(gap, steps, strict=True)}


def seasonal_neighbours(known: dict[int, float], length: int, at: int, step: int) -> list[float]:
    """Return up to three values at multiples of `step` from a slot, nearest first (section 3, auto, b)."""
    found = []
    position = at + step
    attempts = 0
    while attempts < 3 and 0 <= position < length:
        attempts += 1
        if position in known:
            found.append(known[position])
            position += step
            continue
        first = last = position
        while first - 1 not in known:
            first -= 1
        while last + 1 not in known:
            last += 1
        while first <= position <= last:
            position += step
    return found


def long_gaps_by_season(known: dict[int, float], length: int, period: int) -> dict[int, float]:
    """Fill empty slots by the weighted mean of the same phase nearby (section 3, auto, b)."""
    filled = dict(known)
    for i in range(length):
        if i in known:
            continue
        left = seasonal_neighbours(known, length, i, -period)[::-1]
        right = seasonal_neighbours(known, length, i, period)
        if not left and not right:
            continue
        weights = [0.1, 0.3, 0.6, 0.6, 0.3, 0.1][3 - len(left) : 3 + len(right)]
        total = sum(weight * value for weight, value in zip(weights, left + right, strict=True))
        filled[i] = total / sum(weights)
    return filled


def fill_auto(known: dict[int, float], length: int, period: int) -> list[float]:
    """Fill short gaps smoothly, long ones from other seasons, the rest by lines (section 3, auto)."""
    if period <= 1:
        return fill_linear(known, length)
    smooth = short_gaps_by_spline(known, length, period)
    return fill_linear(long_gaps_by_season(smooth, length, period), length)


def impute(
    values: Sequence[float], slots: Sequence[int], mode: str, fixed_value: float, period: int
) -> list[float]:
    """Return the series on its whole grid; as it stands without a gap or on too long a grid (section 3)."""
    length = slots[-1] + 1
    known = dict(zip(slots, values, strict=True))
    if len(known) == length or length > MAX_GRID or mode == "notFill":
        return list(values)
    if mode == "previous":
        return fill_previous(known, length)
    if mode == "linear":
        return fill_linear(known, length)
    if mode in ("fixed", "zero"):
        constant = fixed_value if mode == "fixed" else 0.0
        return [known.get(i, constant) for i in range(length)]
    try:
        return fill_auto(known, length, period)
    except (ValueError, np.linalg.LinAlgError):
        return fill_previous(known, length)
