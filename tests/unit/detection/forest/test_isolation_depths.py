"""The way of rows down the trees."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.forest.isolation_depths import depths
from anomaly_container.detection.forest.isolation_trees import Trees

NAN = np.nan
# One split of the second column at 5; its left child is a leaf of path 2, the right one a leaf of path 1.
STUMP = Trees(
    feature=np.array([[1, 0, 0]], dtype=np.int32),
    threshold=np.array([[5.0, NAN, NAN]], dtype=np.float32),
    left=np.array([[1, 0, 1]], dtype=np.int32),
    path=np.array([[0.0, 2.0, 1.0]]),
    height=1,
)


def single(rows: list[list[float]]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, dtype=np.float32)


@pytest.mark.usefixtures("build")
def test_a_value_at_the_threshold_goes_left() -> None:
    above = float(np.nextafter(np.float32(5.0), np.float32(6.0)))
    assert depths(single([[9.0, 5.0], [9.0, above], [9.0, 4.0]]), STUMP).tolist() == [2.0, 1.0, 2.0]


@pytest.mark.usefixtures("build")
def test_nan_goes_right_and_stays_in_its_leaf() -> None:
    deeper = Trees(STUMP.feature, STUMP.threshold, STUMP.left, STUMP.path, height=8)
    rows = single([[NAN, NAN], [NAN, 5.0], [-np.inf, -np.inf], [np.inf, np.inf]])
    assert depths(rows, deeper).tolist() == [1.0, 2.0, 2.0, 1.0]


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("count", [0, 1, 3, 7, 8, 9, 515, 1030])
def test_each_row_has_its_own_sum(count: int) -> None:
    rows = single([[0.0, float(row % 3 * 5)] for row in range(count)]).reshape(count, 2)
    assert depths(rows, STUMP).tolist() == [[2.0, 2.0, 1.0][row % 3] for row in range(count)]


@pytest.mark.usefixtures("build")
def test_paths_are_added_in_the_order_of_the_trees() -> None:
    # In another order the small numbers would add up to one before they meet the large one, and count.
    path = np.array([[2.0**53], *[[1.0]] * 8])
    zeros = np.zeros((9, 1), dtype=np.int32)
    trees = Trees(zeros, np.full((9, 1), NAN, dtype=np.float32), zeros - 1, path, height=0)
    assert depths(single([[0.0]]), trees).tolist() == [2.0**53]
