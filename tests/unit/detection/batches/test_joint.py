"""The joint detector.

The smallest example: 1000 rows of (x, x) and a little noise, then the row (2, -2): each value is ordinary,
both together are not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anomaly_container.detection.batches.joint import Joint, learn, merge, rows_to_start, score
from tests.naive.batches import joint as naive
from tests.support.broken_pairs import pair


def learnt(known: Joint, values: np.ndarray, hold_rows: int = 200, half_life: float = 0.0) -> Joint:
    found = score(known, values)
    return merge(known, learn(known, values, found, found.flags, hold_rows), half_life)


def test_a_row_that_breaks_a_relation() -> None:
    rows, _ = pair(np.random.default_rng(1), 1000)
    known = learnt(Joint.none(2), rows.T)
    assert known.start is None
    found = score(known, np.array([[2.0, 1.5], [-2.0, 1.5]]))
    assert found.flags.tolist() == [True, False]
    assert found.column[1] == -1
    assert found.severity[0] > 1.0 > found.severity[1]


def test_nothing_is_scored_before_the_start() -> None:
    known = learnt(Joint.none(3), np.random.default_rng(1).normal(size=(3, 999)))
    assert known.start is not None
    assert known.start.shape == (999, 3)
    found = score(known, np.full((3, 2), 50.0))
    assert np.isnan(found.u).all()
    assert not found.flags.any()
    assert learnt(known, np.zeros((3, 1))).start is None
    assert [rows_to_start(columns) for columns in (2, 20, 38)] == [1000, 1000, 1900]


@pytest.mark.parametrize("seed", range(8))
def test_a_run_of_blocks_beside_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    columns = 2 + seed % 3
    mixing = generator.normal(size=(columns, columns))
    hold_rows, half_life = (150, 0)[seed % 2], (0.0, 900.0)[seed // 2 % 2]
    known, twin = Joint.none(columns), naive.Known(columns, hold_rows, half_life)
    for place in range(9):
        rows = int(generator.integers(120, 260)) if place < 6 else 60
        values = mixing @ generator.standard_t(4, (columns, rows)) + 5.0
        if place in (6, 7, 8) and seed % 4 == 1:
            values[0, ::2] += 40.0
        values[generator.random(values.shape) < 0.01 * (seed % 3)] = np.nan
        values[:, 0] = np.nan
        found = score(known, values)
        limit, scores, reasons = naive.score(twin, values.T.tolist())
        assert found.threshold == pytest.approx(limit)
        assert found.u.tolist() == pytest.approx(scores, rel=1e-7, abs=1e-7, nan_ok=True)
        assert found.column.tolist() == reasons
        naive.learn(twin, values.T.tolist(), limit, scores, [u > limit for u in scores])
        known = merge(known, learn(known, values, found, found.flags, hold_rows), half_life)
        assert (known.start is None, known.held) == (twin.started, twin.held)
        if twin.started:
            weight, mean, products = naive.moments(twin.rows)
            assert known.moments.count == pytest.approx(weight)
            assert known.moments.mean.tolist() == pytest.approx(mean)
            np.testing.assert_allclose(known.moments.products, products, rtol=1e-7, atol=1e-7)
        assert known.histogram.tolist() == pytest.approx(twin.histogram)
    assert twin.started


def test_rows_that_another_detector_flagged_stay_out() -> None:
    rows, _ = pair(np.random.default_rng(2), 1000)
    known = learnt(Joint.none(2), rows.T)
    values = rows[:10].T
    flagged = np.arange(10) < 4
    step = learn(known, values, score(known, values), flagged, 200)
    assert (step.moments.count, step.rows, step.histogram.sum()) == (6.0, 10, 10.0)


def test_increments_merge_whichever_of_the_two_has_started() -> None:
    rows, _ = pair(np.random.default_rng(4), 2600)
    waiting, started = learnt(Joint.none(2), rows[:300].T), learnt(Joint.none(2), rows[300:2600].T)
    forth, back = merge(waiting, started, 0.0), merge(started, waiting, 0.0)
    assert forth.start is back.start is None
    assert forth.rows == back.rows == 2600
    assert forth.moments.count == back.moments.count
    assert 2590.0 <= forth.moments.count <= 2600.0
    np.testing.assert_allclose(forth.moments.products, back.moments.products, rtol=1e-9)
    both = merge(started, started, 0.0)
    assert both.moments.count == 2.0 * started.moments.count
    assert merge(waiting, Joint.none(2), 0.0).start is not None
    assert merge(started, replace(Joint.none(2), held=9), 0.0).held == started.held


def test_increments_of_blocks_merge_to_that_of_a_file() -> None:
    rows, _ = pair(np.random.default_rng(5), 3000)
    one_by_one, file = learnt(Joint.none(2), rows[:1500].T), Joint.none(2)
    known = one_by_one
    for values in np.split(rows[1500:], 3):
        step = learn(one_by_one, values.T, score(one_by_one, values.T), np.zeros(500, dtype=bool), 200)
        one_by_one, file = merge(one_by_one, step, 0.0), merge(file, step, 0.0)
    at_once = merge(known, file, 0.0)
    assert at_once.moments.count == one_by_one.moments.count
    np.testing.assert_allclose(at_once.moments.products, one_by_one.moments.products, rtol=1e-12)


def test_a_column_that_does_not_vary_is_left_out_and_one_alone_has_no_score() -> None:
    generator = np.random.default_rng(6)
    values = np.array([generator.normal(size=1200), np.full(1200, 0.1)])
    known = learnt(Joint.none(2), values)
    assert known.start is None
    assert np.isnan(score(known, values).u).all()


def test_more_than_a_quarter_of_flagged_rows_is_a_shift() -> None:
    rows, _ = pair(np.random.default_rng(7), 1000)
    known = learnt(Joint.none(2), rows.T)
    values = rows[:100].T
    found = score(known, values)
    for flagged, held in ((25, 0), (26, 100)):
        flags = np.arange(100) < flagged
        assert learn(known, values, replace(found, flags=flags), flags, 200).held == held
