"""The one-class support vector machine.

The smallest example: with one support vector at 0 of the coefficient 1, the intercept -1/2 and gamma 1, the
row 0 scores -(1 - 1/2) = -0.5, and a row far away scores 0.5.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from anomaly_container.services.streams.models import svm
from anomaly_container.services.streams.models.svm import OneClassSvm
from anomaly_container.services.streams.models.unavailable import ModelUnavailableError

SMALLEST = OneClassSvm(
    support=np.zeros((1, 2)),
    coefficients=np.ones(1),
    intercept=-0.5,
    gamma=1.0,
    median=np.zeros(2),
    fitted_rows=1,
)


def rows_of(seed: int, number: int, columns: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(number, columns))


def test_the_smallest_example() -> None:
    scores, shares = SMALLEST.attributed(np.array([[0.0, 0.0], [9.0, 0.0], [-9.0, 0.0], [0.0, 1e6]]))
    assert scores.tolist() == [-0.5, 0.5, 0.5, 0.5]
    assert shares.tolist() == [[[0, 0], [0, 0]], [[0, 1], [0, 0]], [[1, 0], [0, 0]], [[0, 0], [0, 1]]]


@pytest.mark.parametrize(("nu", "gamma"), [(0.05, "scale"), (0.2, 0.7), (0.01, 3.0)])
def test_scores_are_those_of_scikit_learn(nu: float, gamma: float | str) -> None:
    from sklearn.svm import OneClassSVM  # noqa: PLC0415  # only this test needs it

    rows, others = rows_of(1, 800), 3 * rows_of(2, 2000)
    model = OneClassSvm.fit(rows, nu=nu, gamma=gamma, seed=0)  # type: ignore[arg-type]  # one of the two
    theirs = OneClassSVM(kernel="rbf", nu=nu, gamma=gamma).fit(rows)
    assert np.abs(model.scores(others) + theirs.decision_function(others)).max() < 1e-9
    assert np.abs(model.scores(rows) + theirs.decision_function(rows)).max() < 1e-9


def test_scores_do_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = OneClassSvm.fit(rows_of(1, 300), nu=0.1, gamma="scale", seed=0), rows_of(3, 100)
    whole, shares = model.attributed(rows)
    monkeypatch.setattr(svm, "_PAIRS", 1)
    single, single_shares = model.attributed(rows)
    assert np.allclose(whole, single, rtol=0, atol=1e-13)
    assert np.allclose(shares, single_shares, rtol=0, atol=1e-9)
    assert np.array_equal(model.scores(rows), single)


def test_the_share_of_a_column_is_the_drop_at_its_median() -> None:
    model = OneClassSvm.fit(rows_of(1, 500), nu=0.05, gamma="scale", seed=0)
    rows = rows_of(4, 50)
    rows[:, 2] += 6.0
    scores, shares = model.attributed(rows)
    drops = np.empty(rows.shape)
    for column in range(rows.shape[1]):
        at_median = rows.copy()
        at_median[:, column] = model.median[column]
        drops[:, column] = np.maximum(scores - model.scores(at_median), 0.0)
    assert np.allclose(shares.sum(axis=2), drops / drops.sum(axis=1, keepdims=True), atol=1e-9)
    assert (shares.sum(axis=2).argmax(axis=1) == 2).mean() > 0.9
    assert (shares[:, 2, 0] == 0).all()
    assert np.allclose(shares.sum(axis=(1, 2)), 1.0)


def test_the_score_rises_with_the_distance_from_what_is_usual() -> None:
    """The last steps are beyond the reach of the kernel, where all scores are the same."""
    model = OneClassSvm.fit(rows_of(1, 1000), nu=0.05, gamma="scale", seed=0)
    scores = model.scores(np.linspace(0.0, 4.0, 9)[:, None] * np.ones(7))
    assert (np.diff(scores) > 0).all()


def test_many_rows_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svm, "MOST_ROWS", 100)
    first, again, other = (
        OneClassSvm.fit(rows_of(1, 500), nu=0.1, gamma="scale", seed=seed) for seed in (0, 0, 1)
    )
    assert first.fitted_rows == 100
    assert np.array_equal(first.support, again.support)
    assert not np.array_equal(first.median, other.median)


def test_arrays_give_the_same_model() -> None:
    model, rows = OneClassSvm.fit(rows_of(1, 300), nu=0.1, gamma=0.5, seed=0), rows_of(3, 20)
    again = OneClassSvm.from_arrays(model.arrays())
    assert np.array_equal(again.scores(rows), model.scores(rows))
    assert np.array_equal(again.attributed(rows)[1], model.attributed(rows)[1])
    assert again.fitted_rows == 300


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("support", np.zeros(4)),
        ("support", np.zeros((0, 2))),
        ("support", np.full((1, 2), np.nan)),
        ("coefficients", np.ones(2)),
        ("coefficients", np.array([np.inf])),
        ("intercept", np.ones((1, 1))),
        ("gamma", np.zeros(1)),
        ("median", np.array([0.0, 1e200])),
        ("fittedRows", np.array([0])),
        ("more", np.ones(1)),
    ],
)
def test_wrong_arrays_are_refused(name: str, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"^[A-Za-z].*\.$"):
        OneClassSvm.from_arrays({**SMALLEST.arrays(), name: array})


def test_without_scikit_learn_training_is_refused_and_scoring_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    with pytest.raises(ModelUnavailableError, match=r"anomaly-container\[models\]"):
        OneClassSvm.fit(rows_of(1, 10), nu=0.1, gamma="scale", seed=0)
    assert SMALLEST.scores(np.zeros((1, 2))).tolist() == [-0.5]
