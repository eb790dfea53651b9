"""Rows in a temporary file.

The smallest example: of the rows (1, 2) and (3, 4) the second column is (2, 4).
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.services.batches import spill as spills
from anomaly_container.services.batches.spill import Spill


def test_columns_and_rows() -> None:
    with Spill(2) as spill:
        spill.append(np.array([[1.0, 2.0]]))
        spill.append(np.array([[3.0, 4.0]]))
        assert spill.rows == 2
        assert spill.column(1).tolist() == [2.0, 4.0]
        assert spill.take(np.array([1, 0, 1])).tolist() == [[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 5000])
@pytest.mark.parametrize("columns", [1, 3])
def test_what_was_written_is_read(rows: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spills, "ROWS_AT_ONCE", 100)
    monkeypatch.setattr(spills, "_MEMORY", 1000)
    generator = np.random.default_rng(rows)
    values = np.asfortranarray(generator.normal(size=(rows, columns)))
    values[generator.random(values.shape) < 0.1] = np.nan
    with Spill(columns) as spill:
        for start in range(0, rows, 70):
            spill.append(values[start : start + 70])
        chunks = list(spill.chunks())
        assert max(chunk.shape[0] for chunk in chunks) <= 100
        np.testing.assert_array_equal(np.concatenate(chunks), values)
        for places in (generator.integers(0, rows, 20), generator.integers(0, rows, 3 * rows)):
            np.testing.assert_array_equal(spill.take(places), values[places])
        np.testing.assert_array_equal(spill.column(columns - 1), values[:, columns - 1])
