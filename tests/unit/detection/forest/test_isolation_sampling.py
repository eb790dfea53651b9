"""The rows that a tree is grown from, and its seed."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.forest.isolation_sampling import SAMPLE, TREES, sample_rows, tree_seeds
from tests.naive.forest.isolation import bag_seeds, sampled, tree_seed


def test_few_rows_are_all_taken_in_their_order() -> None:
    assert sample_rows(3).tolist() == [[0, 1, 2]] * TREES


def test_seeds_are_those_of_the_naive_twin() -> None:
    bags = bag_seeds()
    assert bags[:2] == [1608637542, 1273642419]
    assert tree_seeds().tolist() == [tree_seed(bag) for bag in bags]
    assert (tree_seeds() > 0).all()


# 256 rows of so many: all, a reservoir, a permutation, and draws until there are enough.
@pytest.mark.parametrize(
    "count", [1, 2, 255, 256, 257, 258, 259, 1000, 25_599, 25_600, 25_601, 26_000, 1_000_000, 3_000_000_000]
)
def test_rows_are_drawn_as_by_the_naive_twin(count: int) -> None:
    chosen = sample_rows(count)
    assert chosen.shape == (TREES, min(SAMPLE, count))
    for tree, bag in list(enumerate(bag_seeds()))[:: 20 if count < 26_000 else 50]:
        assert chosen[tree].tolist() == sampled(bag, count)


@pytest.mark.parametrize("count", [200, 257, 5000, 40_000])
def test_the_rows_of_a_tree_are_distinct_and_there(count: int) -> None:
    chosen = sample_rows(count)
    assert all(np.unique(rows).size == rows.size for rows in chosen)
    assert chosen.min() >= 0
    assert chosen.max() < count


def test_rejected_draws_are_made_good() -> None:
    # In 100 trees of 256 of 30,000 rows some row comes up twice.
    naive = [np.random.RandomState(bag).randint(30_000, size=SAMPLE) for bag in bag_seeds()]
    assert any(np.unique(rows).size < SAMPLE for rows in naive)
    twice = next(tree for tree, rows in enumerate(naive) if np.unique(rows).size < SAMPLE)
    assert sample_rows(30_000)[twice].tolist() == sampled(bag_seeds()[twice], 30_000)


def test_the_draws_leave_the_shared_generator_alone_and_cannot_be_changed() -> None:
    before = np.random.get_state()  # noqa: NPY002  # the generator of the process is what is tested
    chosen = sample_rows(5001)
    assert np.array_equal(before[1], np.random.get_state()[1])  # type: ignore[index]  # noqa: NPY002  # as above
    with pytest.raises(ValueError, match="read-only"):
        chosen[0, 0] = 1


def test_a_matrix_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        sample_rows(0)
