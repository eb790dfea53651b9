"""The isolation forest with a baseline.

The smallest example: of 1, 2, 1.5 and 50 the forest isolates 50 first; without past scores nothing is
flagged.
"""

from __future__ import annotations

import numpy as np

from anomaly_container.detection.batches.forest_detector import (
    BINS,
    Forest,
    learn,
    merge,
    score,
)
from anomaly_container.detection.batches.sample import SIZE
from anomaly_container.detection.forest import isolation

NOBODY = np.zeros(100, dtype=bool)


def learnt(
    known: Forest, values: np.ndarray, flagged: np.ndarray, number: int, half_life: float = 0.0
) -> Forest:
    step = learn(values, score(known, values), flagged, str(number).encode(), 0)
    return merge(known, step, half_life)


def test_four_values() -> None:
    found = score(Forest.none(1), np.array([[1.0, 2.0, 1.5, 50.0]]))
    assert found.score.argmax() == 3
    assert np.isnan(found.threshold)
    assert not found.flags.any()
    assert not found.severity.any()


def test_the_forest_is_grown_from_the_sample_once_it_has_64_rows() -> None:
    generator = np.random.default_rng(1)
    known = learnt(Forest.none(2), generator.normal(size=(2, 63)), NOBODY[:63], 0)
    block = generator.normal(size=(2, 40))
    alone = -isolation.fit(block.T).scores(block.T)
    assert score(known, block).score.tolist() == alone.tolist()
    known = learnt(known, generator.normal(size=(2, 1)), NOBODY[:1], 1)
    by_sample = -isolation.fit(known.sample.rows).scores(block.T)
    assert score(known, block).score.tolist() == by_sample.tolist()


def test_the_threshold_comes_from_a_thousand_past_scores_and_flags_what_is_far() -> None:
    generator = np.random.default_rng(2)
    known = Forest.none(2)
    for number in range(12):
        known = learnt(known, generator.normal(size=(2, 100)), NOBODY, number)
    block = generator.normal(size=(2, 100))
    block[:, 7] = 30.0
    found = score(known, block)
    assert 0.5 < found.threshold < 1.0
    assert found.severity[7] == found.severity.max()
    assert np.array_equal(found.flags, found.score > found.threshold)
    assert np.array_equal(found.flags, found.severity > 1.0)
    assert known.sample.keys.size == SIZE
    assert (known.rows, known.histogram.sum()) == (1200, 1200.0)


def test_flagged_rows_are_not_sampled_and_old_scores_fade() -> None:
    generator = np.random.default_rng(3)
    flagged = np.arange(100) < 30
    known = learnt(Forest.none(2), generator.normal(size=(2, 100)), flagged, 0)
    assert known.sample.keys.size == 70
    known = learnt(known, generator.normal(size=(2, 100)), flagged, 1, half_life=100.0)
    assert (known.sample.keys.size, known.histogram.sum(), known.rows) == (140, 150.0, 200)


def test_equal_rows_are_never_flagged() -> None:
    known = Forest.none(2)
    for number in range(12):
        known = learnt(known, np.full((2, 100), 3.0), NOBODY, number)
    found = score(known, np.full((2, 100), 3.0))
    assert not found.flags.any()
    assert np.isfinite(found.severity).all()
    assert known.histogram.size == BINS


def test_gaps_and_the_largest_values_have_scores() -> None:
    rows = np.array([[1.0, np.nan], [4.0, 1e150], [np.nan, -1e150]])
    assert np.isfinite(score(Forest.none(2), rows.T).score).all()
