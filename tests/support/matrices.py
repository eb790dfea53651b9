"""Seeded random matrices with ties, constants, repeated rows and columns of NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

MOST_COLUMNS = 50


def matrix(seed: int, most_rows: int) -> FloatArray:
    """Return a matrix of 1 to `most_rows` rows, as many small ones as large ones, and of 1 to 50 columns."""
    random = np.random.default_rng(seed)
    rows = int(most_rows ** random.random())
    columns = int(MOST_COLUMNS ** random.random())
    return altered(random.normal(size=(rows, columns)), random)


def altered(values: FloatArray, random: np.random.Generator) -> FloatArray:
    """Give each column a scale, and some of them ties, one value or none; repeat some rows."""
    rows, columns = values.shape
    for column in range(columns):
        kind = random.integers(8)
        if kind == 0:
            values[:, column] = np.round(values[:, column])
        elif kind == 1:
            values[:, column] = random.normal()
        elif kind == 2:
            values[:, column] = random.integers(2, size=rows)
    values *= 10.0 ** random.integers(-9, 7, size=columns)
    if random.integers(2):
        values += 10.0 ** random.integers(-3, 6, size=columns)
    values[:, random.random(columns) < 0.1] = np.nan
    if random.integers(3) == 0:
        values = values[random.integers(rows, size=rows)]
    return values
