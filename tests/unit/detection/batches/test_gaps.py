"""Columns with gaps.

The smallest example: of 1, a gap and 4 the median is 2.5, which takes the place of the gap.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.gaps import fill_gaps, medians
from tests.naive.batches.compat import filled


def test_three_rows() -> None:
    rows = np.array([[1.0], [np.nan], [4.0]])
    assert medians(rows.T).tolist() == [2.5]
    assert fill_gaps(rows, medians(rows.T)).tolist() == [[1.0], [2.5], [4.0]]


@pytest.mark.parametrize("seed", range(20))
def test_every_column_is_filled_as_by_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(1 + seed, 4))
    rows[generator.random(rows.shape) < 0.3] = np.nan
    rows[:, 3] = np.nan
    found = fill_gaps(rows, medians(rows.T))
    for at, column in enumerate(rows.T.tolist()):
        np.testing.assert_array_equal(found[:, at], filled(column))


def test_single_precision_is_not_left() -> None:
    filled_rows = fill_gaps(np.array([[1e150, -1e150]]), np.zeros(2)).astype(np.float32)
    assert np.isfinite(filled_rows).all()
