"""The random cut forest: fit, scores, shares, learning and its arrays."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import spearmanr

from anomaly_container.detection.forest import _kernels
from anomaly_container.detection.forest.random_cut import RandomCutForest
from tests.naive.forest.random_cut import Forest
from tests.unit.detection.forest.builds import COMPILED, compiled
from tests.unit.detection.forest.random_cut.rows import assert_same, rows_of

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

pytestmark = pytest.mark.usefixtures("build")


def test_a_score_can_be_computed_by_hand() -> None:
    # Every cut parts 10 from the two zeros: leaves of 2 rows and of 1 at depth 1, in trees of 3 rows.
    forest = RandomCutForest.fit(np.array([[0.0], [0.0], [10.0]]), trees=5, sample=3)
    zero, ten, fifty = forest.scores(np.array([[0.0], [10.0], [50.0]])).tolist()
    assert zero == pytest.approx((1.0 - 2.0 / 6.0) / (1.0 + math.log2(3.0)) * 2.0)
    assert ten == pytest.approx((1.0 - 1.0 / 6.0) / (1.0 + 1.0) * 2.0)
    # 40 outside a box of side 10: cut off at the root with probability 0.8, else at depth 1.
    assert fifty == pytest.approx((0.8 + 0.2 / 2.0) * 2.0)


def test_a_share_can_be_computed_by_hand() -> None:
    forest = RandomCutForest.fit(np.array([[0.0, 0.0], [10.0, 0.0]]), trees=3, sample=2)
    [score], [[first, second]] = forest.attributed(np.array([[50.0, -10.0]]))
    # 40 above the first column and 10 below the second, of 60 with the side. The leaf is (10, 0): 40 and 10.
    at_root, at_leaf = 1.0 / 60.0, (10.0 / 60.0) / 2.0 / 50.0
    assert first.tolist() == pytest.approx([0.0, 40.0 * (at_root + at_leaf) * math.log2(3.0)])
    assert second.tolist() == pytest.approx([10.0 * (at_root + at_leaf) * math.log2(3.0), 0.0])
    assert score == pytest.approx(first.sum() + second.sum())


@pytest.mark.parametrize("seed", range(30))
def test_scores_and_shares_are_those_of_the_naive_twin(seed: int) -> None:
    rows = rows_of(seed, 200)
    trees, sample = 1 + seed % 4, 1 + 7 * seed
    few = np.concatenate([rows[::9], rows[:1] + 1.0, rows[:1] - 1e5])
    naive = Forest(trees, sample, seed).fit(rows.tolist())
    forest = RandomCutForest.fit(rows, trees=trees, sample=sample, seed=seed)
    scores, shares = forest.attributed(few)
    assert scores.tolist() == [naive.score(row) for row in few.tolist()]
    assert forest.scores(few).tolist() == scores.tolist()
    assert shares.tolist() == [naive.shares(row) for row in few.tolist()]
    assert shares.sum(axis=(1, 2)) == pytest.approx(scores, abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_learning_is_that_of_the_naive_twin(seed: int) -> None:
    rows = rows_of(seed, 150)
    trees, sample, decay = 1 + seed % 3, 2 + 3 * (seed % 7), (0.0, 0.02, 1.0)[seed % 3]
    naive = Forest(trees, sample, seed)
    forest = RandomCutForest.empty(rows.shape[1], trees=trees, sample=sample, seed=seed)
    assert forest.learn(rows, decay).tolist() == [naive.learn(row, decay) for row in rows.tolist()]
    # The next scores are of the same trees.
    assert forest.scores(rows).tolist() == [naive.score(row) for row in rows.tolist()]


@pytest.mark.parametrize("size", [1, 7, 255, 256, 257, 600])
def test_rows_have_the_same_scores_in_any_block(size: int) -> None:
    rows = np.random.default_rng(2).normal(size=(600, 3))
    forest = RandomCutForest.fit(rows, trees=5, sample=64)
    blocks = [forest.attributed(rows[first : first + size]) for first in range(0, 600, size)]
    scores, shares = forest.attributed(rows)
    np.testing.assert_array_equal(np.concatenate([one for one, _ in blocks]), scores)
    np.testing.assert_array_equal(np.concatenate([one for _, one in blocks]), shares)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_rows_are_learned_alike_in_any_block(size: int) -> None:
    rows = np.random.default_rng(3).normal(size=(100, 2))
    whole, parts = (RandomCutForest.fit(rows, trees=3, sample=16) for _ in range(2))
    scores = whole.learn(rows, 0.01)
    blocks = [parts.learn(rows[first : first + size], 0.01) for first in range(0, 100, size)]
    assert np.concatenate(blocks).tolist() == scores.tolist()
    assert_same(whole, parts)


def test_no_rows_have_no_scores() -> None:
    forest = RandomCutForest.fit(np.ones((3, 2)), trees=2, sample=3)
    scores, shares = forest.attributed(np.empty((0, 2)))
    assert (scores.shape, shares.shape) == ((0,), (0, 2, 2))
    assert forest.learn(np.empty((0, 2)), 0.1).shape == (0,)
    assert forest.seen == 3


def made(columns: int) -> FloatArray:
    return np.random.default_rng(columns).normal(size=(2000, columns)) * np.arange(1, columns + 1)


@pytest.mark.parametrize("columns", [2, 7, 20])
def test_the_score_rises_with_the_distance_from_what_is_usual(columns: int) -> None:
    rows = made(columns)
    forest = RandomCutForest.fit(rows, trees=50, sample=256)
    direction = np.random.default_rng(9).normal(size=columns)
    distances = np.linspace(0.0, 12.0, 100)
    line = distances[:, None] * direction * rows.std(axis=0) / np.abs(direction).max()
    assert spearmanr(distances, forest.scores(line)).statistic > 0.98
    # Rows that it was not fitted on, too: those far from the middle are the rare ones.
    others = np.random.default_rng(10).normal(size=rows.shape) * np.arange(1, columns + 1)
    assert spearmanr(np.linalg.norm(others, axis=1), forest.scores(others)).statistic > 0.85


def test_the_main_column_of_a_planted_outlier_is_the_one_that_was_moved() -> None:
    rows = made(7)
    forest = RandomCutForest.fit(rows, trees=50, sample=256)
    for column in range(7):
        for side, sign in ((0, -1.0), (1, 1.0)):
            moved = np.zeros((1, 7))
            moved[0, column] = sign * 8.0 * rows[:, column].std()
            _, [shares] = forest.attributed(moved)
            assert np.unravel_index(shares.argmax(), shares.shape) == (column, side)


@pytest.mark.parametrize(("decay", "share"), [(0.0, 0.5), (0.01, 1.0)])
def test_a_fitted_forest_learns_as_if_it_had_seen_its_rows_in_order(decay: float, share: float) -> None:
    old, new = np.zeros((1000, 1)), np.ones((1000, 1))
    forest = RandomCutForest.fit(old, trees=20, sample=64)
    forest.learn(new, decay)
    arrays = forest.arrays()
    is_new = arrays["points"][:, :, 0] == 1.0
    held = int((arrays["leafMass"] * is_new).sum())
    # Without decay each of the 2,000 rows is held with the same chance; with decay none of the first is left.
    deviation = math.sqrt(20 * 64 * share * (1.0 - share))
    assert held == pytest.approx(20 * 64 * share, abs=max(4.0 * deviation, 2.0))
    assert forest.seen == 2000


def test_the_ages_of_the_rows_held_decay_exponentially() -> None:
    rows = np.arange(2000.0)[:, None]
    forest = RandomCutForest.empty(1, trees=30, sample=32)
    forest.learn(rows, 0.01)
    arrays = forest.arrays()
    ages = 1999.0 - arrays["points"][arrays["leafMass"] > 0, 0]
    # Chances fall by e^(-0.01 k). 300 reservoirs that sort all weights have the mean age 104.9 +- 1.0; these
    # 960 rows with a deviation of about 100 are within four deviations of their mean.
    assert len(ages) == 30 * 32
    assert ages.mean() == pytest.approx(104.9, abs=4 * 3.3)


def test_a_forest_that_forgets_grows_used_to_a_new_level() -> None:
    random = np.random.default_rng(4)
    forest = RandomCutForest.fit(random.normal(size=(2000, 3)), trees=30, sample=128)
    before = forest.learn(random.normal(size=(3000, 3)) + 6.0, 0.1 / 128)
    assert before[:20].mean() > 2.0
    assert before[-500:].mean() < 1.1


@pytest.mark.parametrize("learned", [0, 300])
def test_a_forest_made_again_from_its_arrays_goes_on_bit_for_bit(learned: int) -> None:
    rows = rows_of(5, 400)
    forest = RandomCutForest.fit(rows, trees=4, sample=32, seed=5)
    if learned:
        forest.learn(np.tile(rows, (-(-learned // len(rows)), 1))[:learned], 0.01)
    again = RandomCutForest.from_arrays(forest.arrays(), sample=32, seed=5)
    assert_same(again, forest)
    assert (again.trees, again.width, again.sample, again.seed) == (4, rows.shape[1], 32, 5)
    for one, other in zip(again.attributed(rows), forest.attributed(rows), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.learn(rows, 0.01).tolist() == forest.learn(rows, 0.01).tolist()
    assert_same(again, forest)


def test_the_sign_of_zero_does_not_matter() -> None:
    rows = np.array([[0.0, 1.0], [-0.0, 2.0], [0.0, 3.0], [-0.0, 4.0]])
    assert_same(RandomCutForest.fit(rows, sample=4), RandomCutForest.fit(rows + 0.0, sample=4))


def test_extreme_values_have_finite_scores() -> None:
    rows = np.array([[-1e300, 5e-324], [1e300, 0.0], [0.0, 1e-310], [0.0, 0.0], [1e-300, 1e300]])
    forest = RandomCutForest.fit(rows, trees=20, sample=5)
    scores, shares = forest.attributed(np.concatenate([rows, rows / 2.0, -rows]))
    assert np.isfinite(scores).all()
    assert np.isfinite(shares).all()
    assert np.isfinite(forest.learn(rows, 0.5)).all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.empty((0, 2)), "at least one row"),
        (np.empty((3, 0)), "at least one column"),
        (np.ones(3), "shape (3,)"),
        (np.array([[1.0], [np.nan]]), "not finite"),
        (np.array([[1.0], [-np.inf]]), "not finite"),
        (np.array([[1.1e300]]), "beyond 1e300"),
    ],
)
def test_a_fit_refuses_rows(rows: FloatArray, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace(")", r"\)")):
        RandomCutForest.fit(rows, trees=1, sample=2)


@pytest.mark.parametrize("numbers", [{"trees": 0}, {"sample": 0}, {"seed": -1}, {"seed": 2**63}], ids=str)
def test_a_fit_refuses_numbers(numbers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="that is not a forest"):
        RandomCutForest.fit(np.ones((3, 1)), **numbers)


def test_other_columns_and_values_are_refused_and_nothing_is_learned() -> None:
    forest = RandomCutForest.fit(np.ones((3, 2)), trees=2, sample=3)
    kept = RandomCutForest.from_arrays(forest.arrays(), sample=3, seed=0)
    for rows in (np.ones((1, 3)), np.ones(2), np.array([[0.0, np.nan]])):
        for use in (forest.scores, forest.attributed, lambda wrong: forest.learn(wrong, 0.1)):
            with pytest.raises(ValueError, match=r"columns|finite"):
                use(rows)
    for decay in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="the decay is"):
            forest.learn(np.ones((1, 2)), decay)
    assert_same(forest, kept)


def test_threads_may_score_side_by_side() -> None:
    rows = np.random.default_rng(6).normal(size=(400, 4))
    forest = RandomCutForest.fit(rows, trees=10, sample=64)
    wanted, found = forest.scores(rows).tolist(), list[list[float]]()
    threads = [threading.Thread(target=lambda: found.append(forest.scores(rows).tolist())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == [wanted] * 4


@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("seeds", [range(first, first + 10) for first in range(0, 60, 10)])
def test_a_build_gives_the_bytes_of_numpy(name: str, seeds: range, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = compiled(name)
    for seed in seeds:
        rows = rows_of(seed, 600)
        forests, answers = [], []
        for build in (kernels, None):
            monkeypatch.setattr(_kernels, "compiled", build)
            forest = RandomCutForest.fit(rows, trees=3, sample=50, seed=seed)
            scores, shares = forest.attributed(rows)
            learned = forest.learn(rows[:40] * 1.5, 0.01)
            forests.append(forest)
            answers.append((scores.tobytes(), shares.tobytes(), learned.tobytes()))
        assert_same(*forests)
        assert answers[0] == answers[1]
