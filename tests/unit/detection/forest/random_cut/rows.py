"""Rows for the tests of the random cut forest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.support.matrices import matrix

if TYPE_CHECKING:
    from anomaly_container.detection.forest.random_cut import RandomCutForest
    from anomaly_container.detection.numeric.arrays import FloatArray


def rows_of(seed: int, most_rows: int) -> FloatArray:
    """Return a seeded matrix with ties, constants and wide ranges, without NaN."""
    return np.nan_to_num(matrix(seed, most_rows))


def assert_same(forest: RandomCutForest, other: RandomCutForest) -> None:
    """Assert that two forests have the same bytes."""
    ours, theirs = forest.arrays(), other.arrays()
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert values.tobytes() == theirs[name].tobytes(), name
