"""The examples in the docstrings of the forests and thresholds, run with each build of the kernels."""

from __future__ import annotations

import dataclasses
import doctest
import inspect

import pytest

from anomaly_container.detection import forest
from anomaly_container.detection.forest import isolation, moving_thresholds, random_cut, thresholds
from anomaly_container.detection.forest.random_cut import random

CONSTANTS = {"SAMPLE", "TREES"}
PUBLIC = [getattr(isolation, name) for name in isolation.__all__ if name not in CONSTANTS]
THRESHOLDS = [
    *(thresholds.fixed, thresholds.three_sigma, thresholds.restored),
    *(moving_thresholds.running, moving_thresholds.tracking),
]
FOREST = random_cut.RandomCutForest
METHODS = [
    *(isolation.IsolationForest.depths, isolation.IsolationForest.scores),
    *(
        FOREST.fit,
        FOREST.empty,
        FOREST.scores,
        FOREST.attributed,
        FOREST.learn,
        FOREST.arrays,
        FOREST.from_arrays,
    ),
]
RANDOM = [random_cut.estimated_bytes, random.first_states, random.draws]
CHECKED = [
    *(thing for thing in PUBLIC if inspect.isfunction(thing)),
    *(method for method in METHODS if method is not FOREST.arrays),  # it has no parameters
    *THRESHOLDS,
    *RANDOM,
]


def failures(thing: object) -> list[str]:
    """Run examples as a reader would type them; return what those that fail say."""
    tests = doctest.DocTestFinder().find(thing, getattr(thing, "__name__", None), globs={})
    assert any(test.examples for test in tests)
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test, out=report.append)
    return report


def wrong() -> None:
    """Add.

    >>> 1 + 1
    3
    """


def test_a_wrong_example_is_reported() -> None:
    [report] = failures(wrong)
    assert "Expected:\n    3\nGot:\n    2\n" in report


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("thing", [*PUBLIC, *METHODS, *THRESHOLDS, *RANDOM, FOREST, forest.kernels_compiled])
def test_examples_hold(thing: object) -> None:
    assert failures(thing) == []


@pytest.mark.parametrize("function", CHECKED)
def test_a_public_function_documents_its_parameters_and_results(function: object) -> None:
    text = inspect.unwrap(function).__doc__ or ""  # type: ignore[arg-type]  # each is callable
    for section in ("Parameters", "Returns"):
        assert f"{section}\n" in text
    for parameter in inspect.signature(function).parameters:  # type: ignore[arg-type]  # as above
        assert parameter == "self" or f"{parameter} : " in text


@pytest.mark.parametrize(
    "document",
    [
        isolation.IsolationForest,
        *(thresholds.Fixed, thresholds.ThreeSigma, moving_thresholds.Running, moving_thresholds.Tracking),
    ],
)
def test_a_result_documents_every_attribute(document: type) -> None:
    for name in (field.name for field in dataclasses.fields(document)):
        assert f"{name} : " in (document.__doc__ or "")
