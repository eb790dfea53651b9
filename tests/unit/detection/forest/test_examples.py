"""The examples in the docstrings of the isolation forest, run with each build of the kernels."""

from __future__ import annotations

import doctest
import inspect

import pytest

from anomaly_container.detection import forest
from anomaly_container.detection.forest import isolation

CONSTANTS = {"SAMPLE", "TREES"}
PUBLIC = [getattr(isolation, name) for name in isolation.__all__ if name not in CONSTANTS]
METHODS = [isolation.IsolationForest.depths, isolation.IsolationForest.scores]
CHECKED = [thing for thing in PUBLIC if inspect.isfunction(thing)] + METHODS


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
@pytest.mark.parametrize("thing", [*PUBLIC, *METHODS, forest.kernels_compiled])
def test_examples_hold(thing: object) -> None:
    assert failures(thing) == []


@pytest.mark.parametrize("function", CHECKED)
def test_a_public_function_documents_its_parameters_and_results(function: object) -> None:
    text = inspect.unwrap(function).__doc__ or ""  # type: ignore[arg-type]  # each is callable
    for section in ("Parameters", "Returns"):
        assert f"{section}\n" in text
    for parameter in inspect.signature(function).parameters:  # type: ignore[arg-type]  # as above
        assert parameter == "self" or f"{parameter} : " in text


@pytest.mark.parametrize("document", [isolation.IsolationForest])
def test_a_result_documents_every_attribute(document: type) -> None:
    for name in document.__dataclass_fields__:  # type: ignore[attr-defined]  # each is a dataclass
        assert f"{name} : " in (document.__doc__ or "")
