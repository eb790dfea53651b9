"""Margins, final flags and severity, one row at a time (algorithm.md section 10)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EPS = 1e-8


@dataclass
class Row:
    """One point with its verdict."""

    value: float
    expected: float
    trend: float
    flagged: bool
    negative: bool = False
    positive: bool = False
    score: float = 0.0
    upper: float = 0.0
    lower: float = 0.0
    severity: float = 0.0


def factor(s: int) -> float:
    """Return the margin factor of an integer sensitivity in its closed form (section 10)."""
    single = {93: 0.048 / 1.1, 94: 0.012, 95: 0.008, 96: 0.006075, 97: 0.00415, 98: 0.002225, 99: 0.0003}
    if s <= 24:
        result = 0.8 * (s - 25) ** 2 + 32
    elif s <= 45:
        result = 30 - 1.25 * (s - 25)
    elif s <= 55:
        result = 4.6 - 0.4 * (s - 46)
    elif s <= 65:
        result = 0.96 - 0.04 * (s - 56)
    elif s <= 75:
        result = 0.57 - 0.03 * (s - 66)
    elif s <= 85:
        result = 0.285 - 0.015 * (s - 76)
    elif s <= 92:
        result = 0.152 / 1.1 - 0.013 / 1.1 * (s - 86)
    else:
        result = single.get(s, 0.0)
    return result


def raw_margins_v1(rows: Sequence[Row], sensitivity: int, model_id: int) -> list[float]:
    """Return the symmetric margin of each row before the common refinement (section 10, V1)."""
    if model_id != 20:
        return [abs(row.expected) * (100 - sensitivity) / 100 for row in rows]
    normal = [row.value for row in rows if row.score <= EPS]
    normal_margin = 0.01 * (max(normal) - min(normal)) if normal else 0.0
    return [
        normal_margin
        if row.score <= EPS
        else abs(row.value - row.expected) / row.score * (1 - sensitivity / 100)
        for row in rows
    ]


def margins_v1(rows: Sequence[Row], sensitivity: int, model_id: int) -> None:
    """Fill in margins, flags and severity of the rows by the older rule (section 10, V1)."""
    raw = raw_margins_v1(rows, sensitivity, model_id)
    highest = max(max(row.value, row.expected) for row in rows)
    lowest = min(min(row.value, row.expected) for row in rows)
    greatest_low = max(row.expected - margin for row, margin in zip(rows, raw, strict=True))
    for row, margin in zip(rows, raw, strict=True):
        up = min(row.expected + margin, highest)
        lo = min(max(row.expected - margin, lowest), greatest_low)
        row.upper = up - row.expected
        row.lower = row.expected - lo
        if row.flagged and lo <= row.value <= up:
            if sensitivity == 100:
                row.upper = row.lower = 0.0
            else:
                row.flagged = row.negative = row.positive = False
        if not row.flagged and row.value > up:
            row.upper = row.lower = 1.01 * (row.value - row.expected)
        elif not row.flagged and row.value < lo:
            row.upper = row.lower = 1.01 * (row.expected - row.value)
        row.severity = 0.0
        if row.flagged:
            distance = abs(row.value - row.expected)
            divisor = abs(row.expected) if abs(row.expected) > EPS else 0.3
            row.severity = min(distance / divisor, 1.0)


def units(rows: Sequence[Row]) -> list[float]:
    """Return the margin unit of every row (section 10, V3)."""
    normal = [abs(row.trend) for row in rows if not row.flagged]
    if all(trend < EPS for trend in normal):
        return [0.3] * len(rows)
    mean = sum(normal) / len(normal)
    return [max(0.3, 0.5 * abs(row.trend) + 0.5 * mean) for row in rows]


def anomaly_score(distance: float, unit: float) -> float:
    """Place a distance in the table of factors, 0 to 100 (section 10, V3)."""
    table = [factor(s) for s in range(100, -1, -1)]
    position = distance / unit
    place = bisect_left(table, position)
    if place == 0:
        return 0.0
    if place >= 100:
        return 100.0
    return place - 1 + (position - table[place - 1]) / (table[place] - table[place - 1])


def margins_v3(rows: Sequence[Row], sensitivity: int, last_mode: bool) -> None:
    """Fill in margins, flags and severity of the rows by the current rule (section 10, V3)."""
    for row, unit in zip(rows, units(rows), strict=True):
        delta = unit * factor(sensitivity)
        distance = abs(row.expected - row.value)
        flagged_before = row.flagged
        if row.flagged:
            row.upper = row.lower = delta
            if sensitivity == 99 and 1e-4 * delta < distance < delta:
                row.upper = row.lower = distance / 2
        else:
            near = distance + delta / 2
            if row.value > row.expected:
                row.upper, row.lower = near, near / 3
            else:
                row.upper, row.lower = near / 3, near
        row.positive = row.flagged and row.value > row.expected + row.upper
        row.negative = row.flagged and row.value < row.expected - row.lower
        row.flagged = row.positive or row.negative
        counted = flagged_before if last_mode else row.flagged
        row.severity = anomaly_score(distance, unit) / 100 if counted else 0.0
