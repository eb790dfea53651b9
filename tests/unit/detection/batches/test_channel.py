"""The learning of a column.

The smallest example: 30 values around 10 with a deviation of 1 and then one of 50: the 50 is flagged and
seen, but not accepted, so the mean stays 10.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.detection.batches.channel import Channels, learn, merge
from anomaly_container.detection.batches.options import Options
from anomaly_container.detection.batches.zscore import score
from tests.naive.batches import channel as naive


def learnt(known: Channels, values: np.ndarray, options: Options) -> Channels:
    return merge(known, learn(known, values, score(known, values, options), options), options)


def test_a_flagged_value_stays_out() -> None:
    options = Options.of(1)
    known = learnt(Channels.none(1), np.array([[9.0, 11.0] * 15]), options)
    known = learnt(known, np.array([[10.0] * 29 + [50.0]]), options)
    assert (known.accepted.count[0], known.accepted.mean[0]) == (59.0, 10.0)
    assert (known.seen.count[0], known.held[0]) == (60.0, 0)
    assert known.seen.mean[0] == pytest.approx(10.0 + 40.0 / 60.0)


def blocks(generator: np.random.Generator, seed: int) -> list[np.ndarray]:
    """Blocks of two columns with outliers, gaps, a shift, rounding and stretches without change."""
    found = []
    for place in range(14):
        rows = int(generator.integers(1, 90))
        values = generator.normal((5.0, -300.0), (1.0, 20.0), (rows, 2)).T
        values[generator.random(values.shape) < 0.05] *= 1.5 + seed % 3
        values[generator.random(values.shape) < 0.03 * (seed % 4)] = np.nan
        if place in (6, 7, 8, 9):
            values[0] += 15.0
        if seed % 5 == 4 and place < 4:
            values[1] = 7.0
        if seed % 5 == 3 and place == 3:
            values[1] = np.nan
        found.append(values)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_run_of_blocks_beside_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    options = replace(
        Options.of(2, threshold=(4.0, 3.0, 2.5)[seed % 3], min_deviation=(0.0, 2.0)[seed % 2]),
        direction=np.array([seed % 3 - 1, 0]),
        half_life=(0.0, 150.0)[seed // 2 % 2],
        hold_rows=(100, 0, 200)[seed % 3],
    )
    twins = [
        naive.Column(
            threshold=float(options.threshold[at]),
            direction=int(options.direction[at]),
            min_deviation=float(options.min_deviation[at]),
            half_life=options.half_life,
            hold_rows=options.hold_rows,
            columns=2,
        )
        for at in range(2)
    ]
    known = Channels.none(2)
    for values in blocks(generator, seed):
        found = score(known, values, options)
        for at, twin in enumerate(twins):
            expected = naive.score(twin, values[at].tolist())
            assert found.z[at].tolist() == pytest.approx(expected.z, rel=1e-9, abs=1e-9, nan_ok=True)
            assert found.flags[at].tolist() == expected.flags
            assert found.severity[at].tolist() == pytest.approx(expected.severity, rel=1e-9, abs=1e-9)
            assert found.threshold[at] == pytest.approx(expected.limit)
            naive.learn(twin, values[at].tolist(), expected)
        known = merge(known, learn(known, values, found, options), options)
        for at, twin in enumerate(twins):
            count, mean, m2 = twin.moments()
            assert known.accepted.count[at] == pytest.approx(count)
            assert known.accepted.mean[at] == pytest.approx(mean)
            assert known.accepted.m2[at] == pytest.approx(m2, rel=1e-9, abs=1e-9)
            assert known.seen.count[at] == len(twin.seen)
            assert known.held[at] == twin.held
            assert known.histogram[at].tolist() == pytest.approx(twin.histogram)


def test_a_shift_is_alarmed_while_it_is_held_and_then_learnt() -> None:
    options = Options.of(1)
    generator = np.random.default_rng(3)
    known = Channels.none(1)
    for _ in range(5):
        known = learnt(known, generator.normal(size=(1, 100)), options)
    before = known.accepted.count[0]
    held, counts, alarms = [], [], []
    for _ in range(6):
        values = generator.normal(8.0, 1.0, (1, 100))
        alarms.append(int(score(known, values, options).flags.sum()))
        known = learnt(known, values, options)
        held.append(int(known.held[0]))
        counts.append(known.accepted.count[0] - before)
    assert alarms[:3] == [100, 100, 100]
    assert alarms[-1] == 0
    assert held[:3] == [100, 200, 300]
    assert counts[:3] == [0.0, 0.0, 100.0]


def test_increments_of_blocks_merge_to_that_of_a_file() -> None:
    options = replace(Options.of(2), half_life=500.0)
    generator = np.random.default_rng(5)
    known = learnt(Channels.none(2), generator.normal(size=(2, 300)), options)
    one_by_one, file = known, Channels.none(2)
    for values in generator.normal(size=(4, 2, 250)):
        step = learn(one_by_one, values, score(one_by_one, values, options), options)
        one_by_one, file = merge(one_by_one, step, options), merge(file, step, options)
    at_once = merge(known, file, options)
    np.testing.assert_allclose(at_once.accepted.count, one_by_one.accepted.count, rtol=1e-12)
    np.testing.assert_allclose(at_once.accepted.mean, one_by_one.accepted.mean, rtol=1e-12)
    np.testing.assert_allclose(at_once.accepted.m2, one_by_one.accepted.m2, rtol=1e-12)
    np.testing.assert_allclose(at_once.histogram, one_by_one.histogram, rtol=1e-12)
    assert at_once.seen.count.tolist() == one_by_one.seen.count.tolist()
    assert at_once.held.tolist() == one_by_one.held.tolist()


def test_a_block_of_gaps_changes_nothing() -> None:
    options = replace(Options.of(1), half_life=100.0)
    known = replace(learnt(Channels.none(1), np.arange(40.0)[None], options), held=np.array([70]))
    after = learnt(known, np.full((1, 50), np.nan), options)
    for field in ("count", "mean", "m2"):
        assert getattr(after.accepted, field) == getattr(known.accepted, field)
    assert after.held.tolist() == [70]
    assert after.histogram.tolist() == known.histogram.tolist()
    unseen = merge(known, Channels.none(1), options)
    assert unseen.held.tolist() == [70]
    assert unseen.accepted.count == known.accepted.count
