"""The compiled kernels refuse arrays that do not fit, so that no call can touch memory that is not theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.detection.forest import _kernels, kernels_compiled
from anomaly_container.detection.forest.isolation_sampling import tree_seeds
from anomaly_container.detection.forest.isolation_trees import leaf_paths, leaves
from anomaly_container.detection.numeric.kernels import best_build
from tests.unit.detection.forest.builds import COMPILED, compiled

if TYPE_CHECKING:
    from types import ModuleType

ROWS = np.zeros((4, 2), dtype=np.float32)


@pytest.fixture(params=COMPILED)
def kernels(request: pytest.FixtureRequest) -> ModuleType:
    return compiled(request.param)


def growth() -> list[object]:
    """Arguments that fit: two trees of three of four rows."""
    trees = leaves(2, 5, height=2)
    chosen = np.array([[0, 1, 2], [1, 2, 3]])
    arrays = (trees.feature, trees.threshold, trees.left, trees.path)
    return [ROWS, chosen, tree_seeds()[:2], leaf_paths(2, 3), 2, 2, *arrays]


def descent() -> list[object]:
    """Arguments that fit: two trees of five leaves."""
    trees = leaves(2, 5, height=2)
    return [ROWS, trees.feature, trees.threshold, trees.left, trees.path, 2, 2, 2, np.empty(4)]


def test_the_build_that_suits_the_processor_is_taken() -> None:
    plain = compiled("_compiled")
    assert kernels_compiled()
    assert best_build(_kernels.__name__) is (compiled("_compiled_wide") if plain.has_wide() else plain)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, ROWS[:3]),
        (1, np.array([[0, 1, 2], [1, 2, 4]])),
        (1, np.array([[0, 1, 2], [1, 2, -1]])),
        (1, np.arange(4)[:, None]),
        (2, tree_seeds()[:0]),
        (2, tree_seeds()[:3]),
        (3, leaf_paths(1, 3)),
        (4, 0),
        (4, 2**40),
        (5, 3),
        (5, -1),
        (5, 65),
        (6, np.zeros((2, 4), dtype=np.int32)),
        (7, np.zeros((2, 4), dtype=np.float32)),
        (8, np.zeros((2, 6), dtype=np.int32)),
        (9, np.zeros((2, 6))),
    ],
)
def test_growth_refuses_what_does_not_fit(kernels: ModuleType, place: int, wrong: object) -> None:
    arguments = growth()
    kernels.grow_isolation(*arguments)
    arguments = growth()
    arguments[place] = wrong
    with pytest.raises(ValueError, match="not there, or the arrays"):
        kernels.grow_isolation(*arguments)


def test_growth_keeps_within_its_arrays_for_values_that_are_not_finite(kernels: ModuleType) -> None:
    arguments = growth()
    arguments[0] = np.array(
        [[-np.inf, np.inf], [np.inf, -np.inf], [0.0, -np.inf], [1.0, np.nan]], dtype=np.float32
    )
    kernels.grow_isolation(*arguments)
    left = arguments[8]
    assert isinstance(left, np.ndarray)
    assert left.max() < 4


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, ROWS[:3]),
        (1, np.full((2, 5), 2, dtype=np.int32)),
        (1, np.full((2, 5), -1, dtype=np.int32)),
        (1, np.zeros((2, 4), dtype=np.int32)),
        (2, np.zeros((2, 4), dtype=np.float32)),
        (3, np.full((2, 5), 4, dtype=np.int32)),
        (3, np.full((2, 5), -2, dtype=np.int32)),
        (4, np.zeros((2, 4))),
        (5, 0),
        (5, 3),
        (7, 0),
        (7, 3),
        (8, np.empty(5)),
    ],
)
def test_descent_refuses_what_does_not_fit(kernels: ModuleType, place: int, wrong: object) -> None:
    arguments = descent()
    kernels.isolation_depths(*arguments)
    arguments[place] = wrong
    with pytest.raises(ValueError, match="not there, or the arrays"):
        kernels.isolation_depths(*arguments)
