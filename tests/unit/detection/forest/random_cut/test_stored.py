"""The arrays of a model file: what is not a forest is refused, and never reaches a kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from anomaly_container.detection.forest.random_cut import RandomCutForest

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

Arrays = dict[str, "npt.NDArray[Any]"]
SAMPLE = 4


def written(*, learned: bool = True) -> Arrays:
    rows = np.array([[0.0, 1.0], [2.0, 5.0], [2.0, 5.0], [7.0, -3.0], [9.0, 0.5]])
    forest = RandomCutForest.fit(rows, trees=2, sample=SAMPLE, seed=3)
    if learned:
        forest.learn(rows + 0.5, 0.1)
    return forest.arrays()


def read(arrays: Arrays, sample: int = SAMPLE) -> RandomCutForest:
    return RandomCutForest.from_arrays(arrays, sample=sample, seed=3)


def test_two_rows_are_one_node_and_two_leaves() -> None:
    arrays = RandomCutForest.fit(np.array([[0.0], [10.0]]), trees=1, sample=2).arrays()
    assert arrays["root"].tolist() == [0]
    assert arrays["children"].tolist() == [[[~0, ~1]]]
    assert (arrays["mass"].tolist(), arrays["leafMass"].tolist()) == ([[2]], [[1, 1]])
    assert arrays["points"].tolist() == [[[0.0], [10.0]]]
    assert (arrays["column"].dtype.str, arrays["cut"].dtype.str, arrays["mass"].dtype.str) == (
        "|u1",
        "<f8",
        "<i4",
    )
    assert int(arrays["seen"]) == 2


def test_wide_rows_have_wide_columns() -> None:
    forest = RandomCutForest.fit(np.random.default_rng(1).normal(size=(9, 300)), trees=2, sample=9)
    assert forest.arrays()["column"].dtype.str == "<u2"
    again = RandomCutForest.from_arrays(forest.arrays(), sample=9, seed=0)
    assert again.scores(np.ones((1, 300))).tolist() == forest.scores(np.ones((1, 300))).tolist()


def put(name: str, place: int | tuple[int, ...], value: float) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays[name][place] = value

    return change


def replaced(name: str, value: object) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: np.asarray(value)})


def without(name: str) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: arrays.pop(name)[..., :0]})


def cycle(arrays: Arrays) -> None:
    node = int(arrays["children"][0, arrays["root"][0]].max())
    node = node if node >= 0 else int(arrays["root"][0])
    arrays["children"][0, node, 0] = arrays["root"][0]


def shared_leaf(arrays: Arrays) -> None:
    parents = arrays["children"][0]
    leaves = np.argwhere((parents < 0) & (arrays["mass"][0] > 0)[:, None])
    parents[tuple(leaves[0])] = parents[tuple(leaves[1])]


def lost_row(arrays: Arrays) -> None:
    arrays["leafMass"][0, arrays["leafMass"][0].argmax()] += 1


def cut_aside(arrays: Arrays) -> None:
    arrays["cut"][0, arrays["root"][0]] = 1e6


def other_handles(arrays: Arrays) -> None:
    arrays["handles"][1] = arrays["handles"][1, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("points", (0, 0, 0), np.nan), "a value of points is not finite"),
        (put("points", (0, 0, 0), -np.inf), "a value of points is not finite"),
        (put("points", (0, 0, 0), 2e300), "beyond 1e300"),
        (put("cut", (1, 0), np.nan), "a value of cut is not finite"),
        (put("column", (0, 0), 2), "cuts column 2 of 2"),
        (put("children", (0, 0, 0), 3), "a child is not there"),
        (put("children", (0, 0, 0), ~4), "a child is not there"),
        (put("children", (0, 0, 0), 2**31 - 1), "a child is not there"),
        (put("children", (0, 0, 0), -(2**31)), "a child is not there"),
        (put("root", 0, 3), "a child is not there"),
        (put("root", 1, ~0), "is not reached"),
        (put("mass", (0, 0), 0), "is not reached"),
        (put("mass", (0, 0), -1), "a mass is negative"),
        (put("leafMass", (0, 0), -5), "a mass is negative"),
        (put("mass", (0, 0), 3), "the mass of a node"),
        (cycle, "the child of two, or of itself"),
        (shared_leaf, "a leaf is the child of two"),
        (lost_row, "the mass of a node|more rows than"),
        (cut_aside, "a cut does not part"),
        (put("weights", (0, 0), np.nan), "a weight is not a number"),
        (put("weights", (0, 0), np.inf), "a weight is not a number"),
        (put("handles", (0, 0), 4), "a handle names a leaf"),
        (put("handles", (0, 0), -1), "a handle names a leaf"),
        (other_handles, "the handles of tree 1"),
        (replaced("seen", np.int64(-1)), "rows seen is -1"),
        (replaced("seen", np.int64(2**60)), "rows seen is"),
        (replaced("seen", np.int64(3)), "more rows than the 3"),
        (replaced("seen", np.zeros(1, dtype=np.int64)), "shape"),
        (replaced("states", np.zeros(3, dtype=np.uint64)), "shape"),
        (replaced("states", np.zeros(2)), "the type float64"),
        (replaced("points", np.zeros((2, 4))), "three dimensions"),
        (replaced("points", np.zeros((0, 4, 2))), "are not a forest"),
        (replaced("points", np.zeros((2, 4, 0))), "are not a forest"),
        (replaced("points", np.zeros((2, 5, 2))), "the sample is 4"),
        (replaced("mass", np.zeros((2, 2), dtype=np.int32)), "shape"),
        (replaced("mass", np.zeros((2, 3))), "the type float64"),
        (replaced("cut", np.zeros((2, 3), dtype="U3")), "the type <U3"),
        (replaced("cut", np.zeros((2, 3), dtype=np.longdouble)), "the type float128"),
        (replaced("column", np.zeros((2, 3), dtype=np.int8)), "the type int8"),
        *((without(name), "shape|are not a forest") for name in ("points", "children", "weights", "root")),
    ],
)
def test_what_is_not_a_forest_is_refused_in_one_sentence(
    change: Callable[[Arrays], None], words: str
) -> None:
    arrays = written()
    read(arrays)
    change(arrays)
    with pytest.raises(ValueError, match=words) as error:
        read(arrays)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", sorted(written()))
def test_every_array_is_needed(name: str) -> None:
    arrays = written()
    del arrays[name]
    with pytest.raises(ValueError, match=f"there is no array {name}"):
        read(arrays)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="the seed is"):
        RandomCutForest.from_arrays(written(), sample=SAMPLE, seed=seed)


def test_another_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="the sample is 5"):
        read(written(), sample=5)


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("learned", [False, True])
def test_random_damage_is_refused_or_harmless(learned: bool) -> None:
    """Whatever is let through scores and learns without a fault, and gives finite numbers."""
    random, refused = np.random.default_rng(8), 0
    rows = random.normal(size=(5, 2)) * 5.0
    for _ in range(400):
        arrays = written(learned=learned)
        name = str(random.choice(sorted(arrays)))
        flat = np.atleast_1d(arrays[name]).view(np.uint8).reshape(-1)
        flat[random.integers(flat.size)] = random.integers(256)
        arrays[name] = flat.view(arrays[name].dtype).reshape(arrays[name].shape)
        try:
            forest = read(arrays)
        except ValueError:
            refused += 1
            continue
        assert np.isfinite(forest.scores(rows)).all()
        assert np.isfinite(forest.learn(rows, 0.1)).all()
        assert (forest.arrays()["mass"] >= 0).all()
    assert 100 < refused < 390
