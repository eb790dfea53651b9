"""The isolation forest: fit, depths, scores and offset."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.isolation import (
    TREES,
    IsolationForest,
    fit,
    fit_sampled,
    offset,
    sample_rows,
)
from tests.naive.forest.isolation import Forest
from tests.support.matrices import matrix
from tests.unit.detection.forest.builds import COMPILED, compiled

ARRAYS = ("feature", "threshold", "left", "path")
# Rows and columns of normal numbers; the first scores, the offset and the outliers by scikit-learn 1.9.1.
BY_SCIKIT_LEARN = [
    (1, 1, [-0.5], -0.5, 0),
    (100, 4, [-0.40791341258232977, -0.4139678931287805, -0.39401697621566956], -0.5465023491321738, 5),
    (257, 2, [-0.4106922441548456, -0.4052229824823861, -0.4162807687126271], -0.5936690975334071, 13),
    (1000, 3, [-0.38720738468926985, -0.41420805326196836, -0.45488825692820417], -0.5624138094927326, 50),
    (30000, 2, [-0.4061365754944278, -0.4349903986997139, -0.4351704562920253], -0.5982583044073774, 1500),
]


def assert_same(forest: IsolationForest, other: IsolationForest) -> None:
    assert (forest.sample_size, forest.width) == (other.sample_size, other.width)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(forest.trees, name), getattr(other.trees, name), err_msg=name)


@pytest.mark.usefixtures("build")
def test_the_row_that_differs_is_one_edge_below_each_root() -> None:
    rows = np.array([[0.0], [0.0], [10.0]])
    forest = fit(rows)
    # The equal rows share a leaf, one edge below the root: c(2) = 1 edge more would part them.
    assert forest.depths(rows).tolist() == [200.0, 200.0, 100.0]
    length = 2.0 * (math.log(2.0) + 0.5772156649015329) - 4.0 / 3.0
    assert forest.scores(rows) == pytest.approx([-(2.0 ** (-2.0 / length))] * 2 + [-(2.0 ** (-1.0 / length))])
    # A tenth of the way from the least score to the next.
    least, most = forest.scores(rows)[[2, 0]]
    assert offset(forest.scores(rows)) == pytest.approx(least + 0.1 * (most - least))


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(("count", "width", "scores", "threshold", "outliers"), BY_SCIKIT_LEARN)
def test_scores_are_those_of_scikit_learn(
    count: int, width: int, scores: list[float], threshold: float, outliers: int
) -> None:
    rows = np.random.default_rng(7).normal(size=(count, width))
    found = fit(rows).scores(rows)
    # Powers of numpy differ in the last bit from processor to processor.
    np.testing.assert_allclose(found[:3], scores, rtol=3e-16, atol=0.0)
    assert offset(found) == pytest.approx(threshold, rel=3e-16)
    assert np.count_nonzero(found < offset(found)) == outliers


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("seed", range(40))
def test_depths_and_scores_are_those_of_the_naive_twin(seed: int) -> None:
    rows = matrix(seed, 300)
    few = rows[:: max(len(rows) // 20, 1)]
    naive, forest = Forest(rows.tolist()), fit(rows)
    assert forest.depths(few).tolist() == naive.depths(few.tolist())
    assert forest.scores(few).tolist() == naive.scores(few.tolist())


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("seeds", [range(first, first + 10) for first in range(0, 200, 10)])
def test_a_build_gives_the_bits_of_numpy(name: str, seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = compiled(name)
    for seed in seeds:
        rows = matrix(seed, 3000)
        monkeypatch.setattr(_kernels, "compiled", kernels)
        forest = fit(rows)
        depths = forest.depths(rows)
        monkeypatch.setattr(_kernels, "compiled", None)
        twin = fit(rows)
        assert_same(forest, twin)
        np.testing.assert_array_equal(depths, twin.depths(rows))


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("count", [26_000, 300])
def test_the_sampled_rows_are_all_that_a_fit_reads(count: int) -> None:
    rows = np.random.default_rng(1).normal(size=(count, 3)).astype(np.float32)
    chosen = sample_rows(count)
    forest = fit(rows)
    assert_same(forest, fit_sampled(rows[chosen]))
    rest = np.ones(count, dtype=np.bool_)
    rest[chosen] = False
    rows[rest] = 7.0
    assert_same(forest, fit(rows))


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("size", [1, 7, 8, 9, 511, 512, 513, 1024, 2000])
def test_rows_have_the_same_scores_in_any_block(size: int) -> None:
    rows = np.random.default_rng(2).normal(size=(3001, 3))
    forest = fit(rows)
    blocks = [forest.scores(rows[first : first + size]) for first in range(0, 64 * size, size)]
    joined = np.concatenate(blocks)
    np.testing.assert_array_equal(joined, forest.scores(rows)[: joined.size])


@pytest.mark.usefixtures("build")
def test_no_rows_have_no_scores() -> None:
    assert fit(np.ones((3, 2))).scores(np.empty((0, 2))).shape == (0,)


@pytest.mark.usefixtures("build")
def test_rows_that_are_not_finite_have_a_score() -> None:
    forest = fit(np.array([[0.0], [0.0], [10.0]]))
    odd = np.array([[-np.inf], [np.inf], [1e300], [np.nan]])
    assert forest.depths(odd).tolist() == [200.0, 100.0, 100.0, 100.0]


@pytest.mark.usefixtures("build")
def test_a_column_of_nan_changes_no_score_that_a_constant_one_would_not() -> None:
    rows = np.random.default_rng(3).normal(size=(200, 3))
    rows[:, 1] = np.nan
    constant = np.where(np.isnan(rows), 5.0, rows)
    assert_same(fit(rows), fit(constant))
    np.testing.assert_array_equal(fit(rows).scores(rows), fit(constant).scores(constant))


@pytest.mark.usefixtures("build")
def test_a_fit_leaves_its_rows_alone_and_takes_any_layout() -> None:
    rows = np.random.default_rng(4).normal(size=(400, 6))
    rows.flags.writeable = False
    kept = rows.copy()
    forest = fit(rows[:, ::2])
    assert_same(forest, fit(np.asfortranarray(rows[:, ::2])))
    assert_same(forest, fit(rows[:, ::2].astype(np.float32)))
    np.testing.assert_array_equal(
        forest.scores(rows[::3, ::2]), forest.scores(np.asfortranarray(rows[::3, ::2]))
    )
    np.testing.assert_array_equal(rows, kept)


@pytest.mark.usefixtures("build")
def test_the_widest_range_of_single_precision_is_split() -> None:
    largest = float(np.finfo(np.float32).max)
    rows = np.array([[-largest], [0.0], [largest]])
    assert fit(rows).depths(rows).tolist() == Forest(rows.tolist()).depths(rows.tolist())


@pytest.mark.parametrize(
    "rows",
    [
        np.empty((0, 2)),
        np.empty((2, 0)),
        np.array([[1.0], [np.nan]]),
        np.array([[1.0], [np.inf]]),
        np.array([[1.0], [1e39]]),
        np.array([[np.inf, 1.0], [np.inf, 2.0]]),
    ],
)
def test_rows_that_cannot_be_split_are_refused(
    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    with pytest.raises(ValueError, match=r"at least one row|not finite"):
        fit(rows)


def test_samples_of_another_number_or_size_are_refused() -> None:
    for shape in ((TREES - 1, 5, 2), (TREES, 0, 2), (TREES, 257, 2)):
        with pytest.raises(ValueError, match="100 samples of 1 to 256 rows"):
            fit_sampled(np.zeros(shape))
    with pytest.raises(ValueError, match="at least one row and one column"):
        fit_sampled(np.zeros((TREES, 3, 0)))
    with pytest.raises(ValueError, match="not finite"):
        fit_sampled(np.full((TREES, 3, 1), np.inf))


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="grown from 2 columns, not 3"):
        fit(np.ones((4, 2))).depths(np.ones((4, 3)))


def test_threads_share_a_forest() -> None:
    rows = np.random.default_rng(5).normal(size=(20_000, 4))
    forest = fit(rows)
    alone = forest.scores(rows)
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(bool((forest.scores(rows) == alone).all())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4
