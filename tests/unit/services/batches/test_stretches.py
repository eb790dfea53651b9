"""A long channel shown by few points.

The smallest example: of 1, 5, 3, 2, 4, 0 three points show the largest value in row 1 and the least in row 5.
"""

from __future__ import annotations

import math

import pytest

from anomaly_container.services.batches.stretches import MOST_POINTS, Stretches


def shown(values: list[float], most: int, flagged: frozenset[int] = frozenset()) -> list[dict[str, object]]:
    stretches = Stretches(most)
    for row, value in enumerate(values):
        stretches.add(f"t{row}", value, is_flagged=row in flagged)
    assert stretches.rows == len(values)
    return stretches.points()


def test_six_rows_in_three_points() -> None:
    assert shown([1.0, 5.0, 3.0, 2.0, 4.0, 0.0], 3) == [
        {"row": 1, "time": "t1", "value": 5.0, "flag": False},
        {"row": 5, "time": "t5", "value": 0.0, "flag": False},
    ]


def test_few_rows_are_all_shown_with_their_gaps() -> None:
    points = shown([1.0, math.nan, 3.0], 3)
    assert [point["row"] for point in points] == [0, 1, 2]
    assert shown([], 3) == []


@pytest.mark.parametrize("count", [1, 2999, 3000, 3001, 10_000, 100_001])
@pytest.mark.parametrize("most", [1, 2, 3, 100, 3000])
def test_points_have_a_bound_and_their_own_order(count: int, most: int) -> None:
    points = shown([math.sin(row) for row in range(count)], most)
    rows = [point["row"] for point in points]
    assert 1 <= len(points) <= most
    assert rows == sorted(set(rows), key=str) or rows == sorted(set(rows), key=lambda row: int(str(row)))


def test_the_beginning_is_shown_as_finely_as_the_end() -> None:
    count, most = 1_000_000, MOST_POINTS
    values = [math.sin(row) for row in range(count)]
    points = shown(values, most)
    rows = [int(str(point["row"])) for point in points]
    parts = [
        sum(start <= row < start + count // 10 for row in rows) for start in range(0, count, count // 10)
    ]
    assert min(parts) > 0.9 * max(parts), parts
    assert len(points) > most / 4


def test_the_least_the_largest_and_a_flagged_value_of_every_stretch_are_shown() -> None:
    values = [float(row % 10) for row in range(1000)]
    values[345], values[678] = 99.0, -99.0
    points = shown(values, 30, frozenset({501}))
    rows = [point["row"] for point in points]
    assert {345, 678, 501} <= set(rows)
    assert [point["row"] for point in points if point["flag"]] == [501]


def test_gaps_of_a_long_channel_are_not_shown() -> None:
    values = [math.nan] * 1000
    assert shown(values, 30) == []
    values[500] = 1.0
    assert [point["row"] for point in shown(values, 30, frozenset(range(1000)))] == [500]
