"""The default mode, block by block.

The smallest example: 40 rows between 20 and 24, then 22 and 30: the mean is 22 and the deviation sqrt(2), so
30 is 5.6427 scales away, 1.4107 times the threshold.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.cli.batches.sensor_files import COLUMNS, clean_rows, inject
from anomaly_container.detection.batches.baseline import Baseline, begin, merge, score_block
from anomaly_container.detection.batches.options import Detector, Options
from tests.support.broken_pairs import pair

ALL = frozenset(Detector)


def run(files: list[np.ndarray], options: Options) -> tuple[list[np.ndarray], Baseline]:
    """The anomalies of files one after the other, and the baseline after them."""
    known, found = begin(options), []
    for number, values in enumerate(files):
        scored, increment = score_block(known, values, options, source=str(number).encode())
        found.append(scored.verdict.anomaly)
        known = merge(known, increment, options)
    return found, known


def test_one_column_and_a_value_beyond_the_threshold() -> None:
    options = Options.of(1)
    _, known = run([np.array([[20.0 + i % 5] for i in range(40)])], options)
    scored, _ = score_block(known, np.array([[22.0], [30.0]]), options)
    assert scored.verdict.severity.round(4).tolist() == [0.0, 1.4107]
    assert scored.verdict.reasons(["temperature"]) == ["", "zscore:temperature"]
    assert known.joint is None
    assert known.forest is None


def test_a_detector_is_kept_only_if_it_runs() -> None:
    options = Options.of(2)
    assert begin(options).joint is not None
    assert begin(options).forest is None
    assert begin(replace(options, detectors=frozenset({Detector.ZSCORE}))).joint is None
    assert begin(replace(options, detectors=ALL)).forest is not None


def test_the_order_of_the_values_in_memory_does_not_matter() -> None:
    options = Options.of(4)
    values = clean_rows(np.random.default_rng(1))
    scored, _ = score_block(begin(options), np.asfortranarray(values), options)
    again, _ = score_block(begin(options), values, options)
    assert scored.verdict.severity.tolist() == again.verdict.severity.tolist()


def test_nothing_that_is_given_changes() -> None:
    options = replace(Options.of(4), detectors=ALL, half_life=400.0)
    generator = np.random.default_rng(2)
    _, known = run([clean_rows(generator) for _ in range(12)], options)
    values = clean_rows(generator)
    values[3, 1] = np.nan
    before = repr(known), repr(values), known.channels.histogram.copy()
    _, increment = score_block(known, values, options)
    merge(known, increment, options)
    assert (repr(known), repr(values)) == before[:2]
    assert np.array_equal(known.channels.histogram, before[2])


def test_the_increment_of_a_file_of_many_blocks_merges_into_a_later_revision() -> None:
    options = replace(Options.of(4), detectors=ALL)
    generator = np.random.default_rng(3)
    _, known = run([clean_rows(generator) for _ in range(15)], options)
    other_file = clean_rows(generator)
    state, file = known, begin(options)
    for place, values in enumerate(np.split(clean_rows(generator, 3000), 3)):
        _, step = score_block(state, values, options, source=b"large", first_row=1000 * place)
        state, file = merge(state, step, options), merge(file, step, options)
    _, step = score_block(known, other_file, options, source=b"small")
    later = merge(merge(known, step, options), file, options)
    assert later.channels.seen.count.tolist() == [1500.0 + 3000.0 + 100.0] * 4
    expected = merge(state, step, options)
    np.testing.assert_allclose(later.channels.accepted.mean, expected.channels.accepted.mean, rtol=1e-12)
    assert later.joint is not None
    assert expected.joint is not None
    np.testing.assert_allclose(
        later.joint.moments.products, expected.joint.moments.products, rtol=1e-9, atol=1e-9
    )
    assert later.forest is not None
    assert expected.forest is not None
    assert later.forest.sample.keys.tolist() == expected.forest.sample.keys.tolist()


def test_a_missing_column_leaves_its_baseline_as_it_is() -> None:
    options = Options.of(4)
    generator = np.random.default_rng(4)
    _, known = run([clean_rows(generator) for _ in range(12)], options)
    values = clean_rows(generator)
    values[:, 2] = np.nan
    scored, increment = score_block(known, values, options)
    after = merge(known, increment, options)
    assert after.channels.accepted.count[2] == known.channels.accepted.count[2]
    assert after.channels.accepted.mean[2] == known.channels.accepted.mean[2]
    assert np.isnan(scored.zscores.z[2]).all()
    assert not np.isnan(scored.verdict.severity).any()


def test_hostile_numbers_leave_a_finite_baseline() -> None:
    options = replace(Options.of(3), detectors=ALL, half_life=50.0)
    generator = np.random.default_rng(5)
    files = []
    for _ in range(25):
        values = generator.choice([0.0, 1e150, -1e150, 1e-300, 5e-324, 1.0, np.nan], (60, 3))
        files.append(values)
    _, known = run([*files, np.full((60, 3), np.nan), np.zeros((1, 3))], options)
    assert known.joint is not None
    for numbers in (
        *(getattr(known.channels.accepted, field) for field in ("count", "mean", "m2")),
        *(getattr(known.channels.seen, field) for field in ("count", "mean", "m2")),
        known.channels.histogram,
        known.joint.moments.mean,
        known.joint.moments.products,
        known.joint.histogram,
    ):
        assert np.isfinite(numbers).all()
    scored, _ = score_block(known, np.array([[1e150, 1.0, 0.0], [np.nan] * 3]), options)
    assert np.isfinite(scored.verdict.severity[0])


@pytest.mark.parametrize("seed", range(3))
def test_a_producer_has_few_false_alarms_and_no_anomaly_is_missed(seed: int) -> None:
    """The short form; `tests/quality/sensors.py` has the numbers of forty seeds."""
    options = Options.of(len(COLUMNS))
    generator = np.random.default_rng(seed)
    alarms, _ = run([clean_rows(generator) for _ in range(20)], options)
    assert sum(int(rows.sum()) for rows in alarms) <= 5
    files, injected = [], []
    for _ in range(20):
        values = clean_rows(generator)
        injected.append(inject(generator, values))
        files.append(values)
    alarms, _ = run(files, options)
    found = sum(int(rows[at].sum()) for rows, at in zip(alarms, injected, strict=True))
    assert found == 100
    assert sum(int(rows.sum()) for rows in alarms) - found <= 5


@pytest.mark.parametrize("noise", [0, 2])
def test_a_broken_pair_is_found_by_the_joint_detector_alone(noise: int) -> None:
    generator = np.random.default_rng(8)
    options = Options.of(2 + noise)
    known, found, total, false = begin(options), 0, 0, 0
    for number in range(1, 21):
        rows, broken = pair(generator, broken=5)
        values = np.column_stack((rows, generator.normal(size=(100, noise))))
        scored, increment = score_block(known, values, options)
        known = merge(known, increment, options)
        if number >= 15:
            assert scored.joint is not None
            found, total = found + int(scored.joint.flags[broken].sum()), total + broken.size
            false += int(scored.joint.flags.sum()) - int(scored.joint.flags[broken].sum())
            reasons = scored.verdict.reasons(["x", "y", "a", "b"])
            assert {reasons[row] for row in broken} <= {"joint:x", "joint:y"}
    assert (found, total) == (30, 30)
    assert false <= 1


def test_every_detector_learns_from_an_increment() -> None:
    options = replace(Options.of(4), detectors=ALL)
    generator = np.random.default_rng(9)
    _, known = run([clean_rows(generator) for _ in range(11)], options)
    assert known.joint is not None
    assert known.forest is not None
    assert known.joint.start is None
    assert known.joint.rows == known.forest.rows == 1100
    assert 1000.0 <= known.joint.moments.count <= 1100.0
    assert known.forest.sample.keys.size == 1024
