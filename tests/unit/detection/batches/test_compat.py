"""The rules of the original pipeline.

The smallest example: 29 values of 10 and one of 16 make a baseline of 30 with the mean 10.2 and the deviation
sqrt(1.16); 16 is 5.3852 deviations away and flagged, though it is part of that baseline.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.detection.batches import compat
from anomaly_container.detection.batches.gaps import fill_gaps, medians
from anomaly_container.detection.batches.moments import Moments
from anomaly_container.detection.forest import isolation
from tests.naive.batches import compat as naive


def test_a_value_is_learnt_before_it_is_scored() -> None:
    scored, known = compat.score_file(Moments.none(1), np.array([[10.0]] * 29 + [[16.0]]))
    assert (known.count[0], known.mean[0]) == (30.0, 10.2)
    assert scored.zscores.z[[0, 29], 0].tolist() == [0.1857, 5.3852]
    assert scored.zscores.flags[:, 0].tolist() == [False] * 29 + [True]
    assert scored.anomaly.tolist() == [False] * 29 + [True]


@pytest.mark.parametrize("seed", range(30))
def test_files_beside_the_twin(seed: int) -> None:
    generator = np.random.default_rng(seed)
    known, twins = Moments.none(3), [naive.Column() for _ in range(3)]
    for _ in range(4):
        values = generator.normal((20.0, 1e4, -3.0), (1.0, 50.0, 1e-6), (int(generator.integers(1, 60)), 3))
        values[generator.random(values.shape) < 0.06 * (seed % 4)] = np.nan
        if seed % 5 == 4:
            values[:, 2] = 0.1
        scored, known = compat.score_file(known, values)
        for at, twin in enumerate(twins):
            column = values[:, at].tolist()
            for value in column:
                if not np.isnan(value):
                    twin.observe(value)
            expected = naive.zscores(twin, column)
            assert known.count[at] == twin.count
            assert known.mean[at] == pytest.approx(twin.mean, rel=1e-12)
            assert known.m2[at] == pytest.approx(twin.m2, rel=1e-8)
            ours = scored.zscores.z[:, at].tolist()
            assert ours == pytest.approx([z for z, _ in expected], abs=1.01e-4, nan_ok=True)
            assert scored.zscores.flags[:, at].tolist() == [flag for _, flag in expected]
        filled = np.array([naive.filled(column) for column in values.T.tolist()]).T
        scores = isolation.fit(filled).scores(filled).tolist()
        offset = naive.percentile(scores, 0.05)
        assert scored.outliers.label.tolist() == [-1 if score - offset < 0.0 else 1 for score in scores]
        expected_scores = [round(score - offset, 4) for score in scores]
        assert scored.outliers.score.tolist() == pytest.approx(expected_scores, abs=1e-12)
        assert scored.anomaly.tolist() == (scored.outliers.flags | scored.zscores.flags.any(axis=1)).tolist()


@pytest.mark.parametrize("rows", [5, 256, 700])
def test_two_passes_in_blocks_give_the_same_as_the_whole_file(rows: int) -> None:
    generator = np.random.default_rng(rows)
    values = generator.normal(size=(rows, 3))
    values[::7, 1] = np.nan
    whole, known = compat.score_file(Moments.none(3), values)

    in_pieces = Moments.none(3)
    for block in np.array_split(values, 4):
        in_pieces = in_pieces.merge(compat.observe(block))
    fill = medians(values.T)
    sampled = fill_gaps(values[isolation.sample_rows(rows).ravel()], fill)
    forest = isolation.fit_sampled(sampled.reshape(isolation.TREES, -1, 3))
    scores = np.concatenate(
        [compat.forest_scores(forest, block, fill) for block in np.array_split(values, 4)]
    )
    offset = isolation.offset(scores)
    isolated = compat.outliers(scores, offset)

    assert isolated.score.tolist() == whole.outliers.score.tolist()
    assert isolated.label.tolist() == whole.outliers.label.tolist()
    np.testing.assert_allclose(in_pieces.mean, known.mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(in_pieces.m2, known.m2, rtol=1e-12)
    found = compat.zscores(in_pieces, values)
    np.testing.assert_allclose(found.z, whole.zscores.z, atol=1.01e-4)
    assert compat.anomalies(found, isolated).tolist() == whole.anomaly.tolist()


def test_an_immature_column_and_a_column_of_gaps_have_no_scores() -> None:
    values = np.column_stack(
        (np.arange(40.0), np.full(40, np.nan), np.where(np.arange(40) < 29, 1.0, np.nan))
    )
    scored, known = compat.score_file(Moments.none(3), values)
    assert scored.zscores.mature.tolist() == [True, False, False]
    assert known.count.tolist() == [40.0, 0.0, 29.0]
    assert np.isnan(scored.zscores.z[:, 1:]).all()
    assert not scored.zscores.flags[:, 1:].any()


def test_the_flag_comes_before_the_rounding() -> None:
    known = Moments(np.array([30.0]), np.array([0.0]), np.array([30.0]))
    found = compat.zscores(known, np.array([[3.00001], [3.0], [-3.00001]]))
    assert found.z[:, 0].tolist() == [3.0, 3.0, 3.0]
    assert found.flags[:, 0].tolist() == [True, False, True]


def test_no_deviation_gives_zero_and_the_largest_values_no_infinity() -> None:
    still = Moments(np.array([50.0]), np.array([0.1]), np.array([0.0]))
    assert compat.zscores(still, np.array([[0.1], [1e150]])).z.tolist() == [[0.0], [0.0]]
    values = np.array([[1e150], [-1e150], [0.0]] * 20)
    scored, known = compat.score_file(Moments.none(1), values)
    assert np.isfinite(known.m2).all()
    assert np.isfinite(scored.zscores.z).all()
    assert np.isfinite(scored.outliers.score).all()
