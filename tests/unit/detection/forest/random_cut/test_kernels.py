"""The compiled kernels refuse trees that are broken, so that no call can touch memory that is not theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut.random import first_states
from anomaly_container.detection.forest.random_cut.tree import NODE, Trees, planted
from tests.unit.detection.forest.builds import COMPILED, compiled

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from anomaly_container.detection.numeric.arrays import FloatArray

ROWS = np.zeros((6, 8))
ROWS[:, 0] = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0]
PLACES = 4
WORDS = r"there|the arrays"


@pytest.fixture(params=COMPILED)
def kernels(request: pytest.FixtureRequest) -> ModuleType:
    return compiled(request.param)


class Calls:
    """Arguments that fit, for two trees of four rows in two columns."""

    def __init__(self, kernels: ModuleType) -> None:
        self.kernels = kernels
        self.trees = planted(2, PLACES, 2)
        self.states = first_states(2, 0)
        self.weights, self.handles = np.zeros((2, PLACES)), np.zeros((2, PLACES), dtype=np.int32)
        kernels.learn_random_cut(ROWS, self.trees.buffers, *self.learned, 0.1, 0.0, np.zeros(6))

    @property
    def learned(self) -> tuple[Any, ...]:
        return self.states, self.weights, self.handles

    def score(
        self, trees: tuple[object, ...] | None = None, *, rows: FloatArray = ROWS, size: int = 6
    ) -> None:
        arguments = (rows, trees or self.trees.buffers, np.zeros(size), np.zeros((size, 2, 8)))
        self.kernels.score_random_cut(*arguments)

    def learn(
        self, trees: tuple[object, ...] | None = None, *, rows: FloatArray = ROWS, size: int = 6
    ) -> None:
        arguments = (trees or self.trees.buffers, *self.learned, 0.1, 6.0, np.zeros(size))
        self.kernels.learn_random_cut(rows, *arguments)

    def grow(
        self, trees: tuple[object, ...] | None = None, *, rows: FloatArray = ROWS, size: int = 6
    ) -> None:
        assert size
        self.kernels.grow_random_cut(rows, trees or planted(2, PLACES, 2).buffers, self.states)


USES: tuple[Callable[..., None], ...] = (Calls.score, Calls.learn, Calls.grow)


@pytest.mark.parametrize("use", USES, ids=lambda one: str(one.__name__))
@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, np.zeros((2, PLACES), dtype=NODE)),
        (0, np.zeros((2, 3, 31), dtype=np.uint8)),
        (1, np.zeros((2, 3, 2, 16))),
        (2, np.zeros((2, PLACES + 1, 8))),
        (3, np.zeros((2, PLACES + 1), dtype=np.int32)),
        (3, np.zeros((2, 0), dtype=np.int32)),
        (4, np.zeros(1, dtype=np.int32)),
        (4, np.zeros(0, dtype=np.int32)),
        (4, np.zeros(9, dtype=np.uint8)),
        (5, np.zeros(PLACES)),
        (6, np.zeros(PLACES)),
        (7, 0),
        (7, -1),
        (7, 9),
        (7, 2**40),
    ],
)
def test_arrays_of_other_trees_are_refused(
    kernels: ModuleType, use: Callable[..., None], place: int, wrong: object
) -> None:
    calls = Calls(kernels)
    use(calls)
    buffers = list(calls.trees.buffers)
    buffers[place] = wrong
    with pytest.raises(ValueError, match=WORDS):
        use(calls, tuple(buffers))


@pytest.mark.parametrize("use", USES[:2], ids=lambda one: str(one.__name__))
@pytest.mark.parametrize(("rows", "size"), [(ROWS[:5], 6), (ROWS, 5), (ROWS[:, :7], 6)])
def test_rows_of_another_size_are_refused(
    kernels: ModuleType, use: Callable[..., None], rows: FloatArray, size: int
) -> None:
    with pytest.raises(ValueError, match=WORDS):
        use(Calls(kernels), rows=np.ascontiguousarray(rows), size=size)


def test_growth_refuses_no_rows_and_parts_of_rows(kernels: ModuleType) -> None:
    for rows in (ROWS[:0], ROWS.ravel()[:13]):
        with pytest.raises(ValueError, match=WORDS):
            Calls(kernels).grow(rows=rows)
    with pytest.raises(ValueError, match=WORDS):
        kernels.grow_random_cut(ROWS, planted(2, PLACES, 2).buffers, first_states(3, 0))


def test_shares_of_another_size_are_refused(kernels: ModuleType) -> None:
    calls = Calls(kernels)
    with pytest.raises(ValueError, match=WORDS):
        kernels.score_random_cut(ROWS, calls.trees.buffers, np.zeros(6), np.zeros((6, 2, 7)))


@pytest.mark.parametrize("place", range(3))
def test_learning_refuses_states_weights_and_handles_of_another_size(kernels: ModuleType, place: int) -> None:
    calls = Calls(kernels)
    learned = [array[:1].copy() for array in calls.learned]
    arguments = [learned[k] if k == place else calls.learned[k] for k in range(3)]
    with pytest.raises(ValueError, match=WORDS):
        kernels.learn_random_cut(ROWS, calls.trees.buffers, *arguments, 0.1, 6.0, np.zeros(6))


def set_root(value: int) -> Callable[[Trees], None]:
    return lambda trees: trees.roots.fill(value)


def set_children(value: int) -> Callable[[Trees], None]:
    return lambda trees: trees.nodes["children"].fill(value)


def set_column(value: int) -> Callable[[Trees], None]:
    return lambda trees: trees.nodes["column"].fill(value)


@pytest.mark.parametrize("use", USES[:2], ids=lambda one: str(one.__name__))
@pytest.mark.parametrize(
    "damage",
    [
        *(set_root(value) for value in (3, 2**31 - 1, ~4, -(2**31))),
        *(set_children(value) for value in (0, 1, 2, 3, 2**31 - 1, ~4, -(2**31))),
        *(set_column(value) for value in (2, -1, 2**31 - 1)),
        lambda trees: trees.masses.fill(0),
        lambda trees: trees.masses.fill(-3),
        lambda trees: trees.masses.fill(2**31 - 1),
        lambda trees: trees.nodes["mass"].fill(-3),
        lambda trees: trees.nodes["mass"].fill(2**30),
    ],
)
def test_a_broken_tree_is_refused(
    kernels: ModuleType, use: Callable[..., None], damage: Callable[[Trees], None]
) -> None:
    calls = Calls(kernels)
    damage(calls.trees)
    with pytest.raises(ValueError, match=WORDS):
        use(calls)


@pytest.mark.parametrize("handle", [-1, PLACES, 2**31 - 1, -(2**31)])
def test_a_handle_that_names_no_leaf_is_refused(kernels: ModuleType, handle: int) -> None:
    calls = Calls(kernels)
    calls.handles.fill(handle)
    calls.weights.fill(1e9)
    with pytest.raises(ValueError, match=WORDS):
        calls.learn()


def test_a_handle_of_another_leaf_does_no_harm(kernels: ModuleType) -> None:
    calls = Calls(kernels)
    calls.handles.fill(0)
    calls.weights.fill(1e9)
    with pytest.raises(ValueError, match=WORDS):
        calls.learn()


@pytest.mark.parametrize("seed", range(150))
def test_trees_of_random_bytes_do_no_harm(kernels: ModuleType, seed: int) -> None:
    """Whether the call is refused or not, it comes back, and the sanitizers see nothing."""
    random = np.random.default_rng(seed)
    calls = Calls(kernels)
    arrays = (calls.trees.nodes, calls.trees.masses, calls.trees.roots, calls.handles, calls.weights)
    for array in arrays:
        small = array.view(np.int32).reshape(-1)
        hit = random.random(small.size) < 0.15
        small[hit] = random.integers(-6, 6, size=int(hit.sum()))
    outcomes = []
    for use in USES[:2]:
        try:
            use(calls)
            outcomes.append("done")
        except ValueError:
            outcomes.append("refused")
    assert set(outcomes) <= {"done", "refused"}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1.7e308])
def test_growth_keeps_within_its_arrays_for_values_that_are_not_finite(
    kernels: ModuleType, value: float
) -> None:
    rows = ROWS.copy()
    rows[2, 0], rows[4, 1] = value, -value
    trees = planted(2, PLACES, 2)
    kernels.grow_random_cut(rows, trees.buffers, first_states(2, 0))
    assert trees.nodes["children"].max() < PLACES - 1
    assert trees.nodes["children"].min() >= ~(PLACES - 1)
