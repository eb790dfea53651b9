"""The rules of the sample sensors.

The smallest example: of 100 rows 5 have an anomaly; of 10 rows none has.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from anomaly_container.cli.batches.sensor_files import (
    COLUMNS,
    clean_rows,
    inject,
    sensor_file,
    sensor_key,
)

NOW = datetime(2026, 3, 1, 12, 30, 59, 5)  # noqa: DTZ001  # files have times without a zone


def parsed(data: bytes) -> tuple[list[str], list[list[float]]]:
    """The times and the values of a file."""
    header, *rows = [line.split(",") for line in data.decode().splitlines()]
    assert header == ["timestamp", *COLUMNS]
    return [row[0] for row in rows], [[float(cell) for cell in row[1:]] for row in rows]


@pytest.mark.parametrize(
    ("rows", "share", "anomalies"), [(100, 0.05, 5), (10, 0.05, 0), (11, 0.05, 1), (40, 0.0, 0)]
)
def test_as_many_rows_have_an_anomaly_as_the_share_says(rows: int, share: float, anomalies: int) -> None:
    """An anomaly is not rounded to two decimals."""
    _, values = parsed(sensor_file(np.random.default_rng(1), NOW, rows, share))
    assert len(values) == rows
    assert sum(any(round(value, 2) != value for value in row) for row in values) == anomalies


def test_a_row_is_a_minute_after_the_one_before() -> None:
    times, _ = parsed(sensor_file(np.random.default_rng(1), NOW, 3, 0.05))
    assert times == ["2026-03-01T12:30:59.000005", "2026-03-01T12:31:59.000005", "2026-03-01T12:32:59.000005"]


@pytest.mark.parametrize(
    ("number", "key"), [(1, "raw/sensors_20260301T123059.csv"), (2, "raw/sensors_20260301T123059-2.csv")]
)
def test_a_key_has_the_second_and_the_number_in_it(number: int, key: str) -> None:
    assert sensor_key(NOW, number) == key


def test_values_have_the_means_and_deviations_of_the_sensors() -> None:
    """Within five standard errors of 40,000 rows."""
    values = clean_rows(np.random.default_rng(2), 40_000)
    for column, (mean, deviation) in enumerate([(22.0, 1.5), (55.0, 5.0), (1013.0, 3.0), (10.0, 2.5)]):
        assert abs(values[:, column].mean() - mean) < 5 * deviation / 200
        assert abs(values[:, column].std() / deviation - 1) < 0.02
    assert values.min() >= 0
    assert (np.round(values, 2) == values).all()


def test_an_anomaly_is_five_to_eight_deviations_away() -> None:
    """By the column as it is before the move, for the first one."""
    for seed in range(20):
        generator = np.random.default_rng(seed)
        before = clean_rows(generator, 20)
        after = before.copy()
        [row] = inject(generator, after)
        [(at, column)] = np.argwhere(after != before)
        assert at == row
        distance = abs(after[row, column] - before[:, column].mean()) / before[:, column].std(ddof=1)
        assert 5.0 <= distance <= 8.0


@pytest.mark.parametrize("rows", [11, 20, 39, 40, 100, 1000, 99_999])
def test_the_usual_share_is_a_twentieth(rows: int) -> None:
    values = np.zeros((rows, 1)) + np.arange(rows)[:, None]
    assert inject(np.random.default_rng(3), values).size == max(1, rows // 20)
