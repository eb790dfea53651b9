"""The sample of rows.

The smallest example: of rows with the keys 7 and 3 the one with 3 comes first. The keys are outputs of
SplitMix64; the first of the generator with seed 0 is known to be e220a8397b1dcdaf.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches.sample import SIZE, Sample, mix, row_keys
from tests.naive.batches.sample import row_key


def test_two_rows_and_the_first_output() -> None:
    found = Sample.of(np.array([7, 3], dtype=np.uint64), np.array([[1.0], [2.0]]))
    assert (found.keys.tolist(), found.rows.tolist()) == ([3, 7], [[2.0], [1.0]])
    assert mix(np.array([0x9E3779B97F4A7C15], dtype=np.uint64)).tolist() == [0xE220A8397B1DCDAF]


@pytest.mark.parametrize("source", [b"", b"etag", b"\xff" * 40])
def test_the_keys_are_those_of_the_twin(source: bytes) -> None:
    assert row_keys(source, np.arange(3, 50)).tolist() == [row_key(source, at) for at in range(3, 50)]


def test_the_order_of_blocks_and_of_merges_does_not_matter() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(6000, 2))
    keys = row_keys(b"etag", np.arange(6000))
    whole = Sample.of(keys, rows)
    assert whole.keys.tolist() == sorted(keys.tolist())[:SIZE]
    parts = [Sample.of(keys[at], rows[at]) for at in np.array_split(generator.permutation(6000), 7)]
    merged = Sample.none(2)
    for part in parts:
        merged = merged.merge(part)
    assert merged.keys.tolist() == whole.keys.tolist()
    assert merged.rows.tolist() == whole.rows.tolist()
    assert whole.merge(Sample.none(2)) is whole


def test_a_sample_is_spread_over_all_sources() -> None:
    merged = Sample.none(1)
    for source in range(50):
        keys = row_keys(str(source).encode(), np.arange(200))
        merged = merged.merge(Sample.of(keys, np.full((200, 1), float(source))))
    counts = np.bincount(merged.rows[:, 0].astype(int), minlength=50)
    assert counts.sum() == SIZE
    assert counts.min() > 5
    assert counts.max() < 45
