"""Vectors of the last rows.

The smallest example: of the rows 1, 2 and 3 two vectors of two are 1, 2 and 2, 3.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anomaly_container.services.streams.shingle import shingled


def test_two_rows_make_a_vector() -> None:
    kept: list[list[float]] = []
    vectors, warming = shingled(kept, np.array([[1.0], [2.0], [3.0]]), 2)
    assert vectors.tolist() == [[1.0, 2.0], [2.0, 3.0]]
    assert warming == 1
    assert kept == [[3.0]]


@given(size=st.integers(1, 5), cuts=st.lists(st.integers(0, 12), max_size=4).map(sorted))
def test_however_rows_are_cut_the_vectors_are_the_same(size: int, cuts: list[int]) -> None:
    rows = np.arange(24.0).reshape(12, 2)
    whole, warming = shingled([], rows, size)
    kept: list[list[float]] = []
    parts = [
        shingled(kept, rows[begin:end], size) for begin, end in zip([0, *cuts], [*cuts, 12], strict=True)
    ]
    assert np.concatenate([vectors for vectors, _ in parts]).tolist() == whole.tolist()
    assert sum(count for _, count in parts) == warming == size - 1
