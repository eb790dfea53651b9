"""The generator of each tree: SplitMix64."""

from __future__ import annotations

import numpy as np

from anomaly_container.detection.forest.random_cut.random import draw, draws, first_states, skip
from tests.naive.forest.random_cut import Tree

# The published first outputs of SplitMix64 with the state 0, which its author's test has too.
PUBLISHED = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC]


def test_draws_are_the_published_numbers() -> None:
    wanted = [(number >> 11) * 2.0**-53 for number in PUBLISHED]
    states = np.zeros(1, dtype=np.uint64)
    assert draws(states, 4).tolist() == [wanted]
    assert [draw(states, 0) for _ in range(4)] == wanted


def test_the_first_states_are_the_published_numbers() -> None:
    assert [int(state) for state in first_states(4, 0)] == PUBLISHED


def test_all_ways_to_draw_agree_with_the_naive_twin() -> None:
    for seed in (0, 1, 2**63 - 1):
        states = first_states(3, seed)
        trees = [Tree(number, 1, seed) for number in range(3)]
        assert states.tolist() == [tree.state for tree in trees]
        wanted = [[tree.draw() for _ in range(5)] for tree in trees]
        assert draws(states, 5).tolist() == wanted
        skip(states, np.array([0, 2, 5], dtype=np.uint64))
        assert [draw(states, tree) for tree in (0, 1)] == [wanted[0][0], wanted[1][2]]
        assert int(states[2]) == trees[2].state


def test_draws_are_uniform() -> None:
    numbers = draws(first_states(10, 7), 10_000)
    assert 0.0 <= numbers.min() < 1e-4
    assert 1.0 - 1e-4 < numbers.max() < 1.0
    assert abs(numbers.mean() - 0.5) < 0.005
