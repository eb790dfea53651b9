"""The examples in the docstrings of the public names, run with both kinds of kernels."""

from __future__ import annotations

import doctest
import inspect

import numpy as np
import pytest

from anomaly_container.detection import univariate
from anomaly_container.detection.univariate import (
    ChangePointOptions,
    Granularity,
    MarginRule,
    Options,
    Series,
    _kernels,
    change_points,
    entire,
    grid_slots,
    last,
)

SECTIONS = ("Parameters", "Returns", "Raises")
CHECKED = [entire, last, change_points, grid_slots, Series.without_gaps]


def examples(thing: object, name: str) -> list[doctest.DocTest]:
    """Return the examples of a function or a class, those of its methods included."""
    return [test for test in doctest.DocTestFinder().find(thing, name, globs={}) if test.examples]


def failures(tests: list[doctest.DocTest]) -> list[str]:
    """Run examples as a reader would type them; return what those that fail have to say."""
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test, out=report.append)
    return report


def right() -> None:
    """Add.

    >>> 1 + 1
    2
    """


def wrong() -> None:
    """Add.

    >>> 1 + 1
    3
    """


def test_an_example_is_run() -> None:
    assert failures(examples(right, "right")) == []
    [report] = failures(examples(wrong, "wrong"))
    assert "Expected:\n    3\nGot:\n    2\n" in report
    assert examples(examples, "examples") == []


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("name", univariate.__all__)
def test_every_public_name_has_an_example_that_holds(name: str) -> None:
    found = examples(getattr(univariate, name), name)
    assert name in [test.name for test in found]
    assert failures(found) == []


@pytest.mark.parametrize("function", CHECKED, ids=lambda function: function.__qualname__)
def test_a_public_function_documents_its_parameters_results_and_errors(function: object) -> None:
    text = inspect.getdoc(function) or ""
    for section in SECTIONS:
        assert f"\n{section}\n{'-' * len(section)}\n" in text
    for parameter in inspect.signature(function).parameters:  # type: ignore[arg-type]  # each is callable
        assert f"\n{parameter} : " in text


@pytest.mark.parametrize(
    "result", [univariate.EntireResult, univariate.LastResult, univariate.ChangePointResult]
)
def test_a_result_documents_every_attribute_in_its_order(result: type) -> None:
    documented = [
        name
        for line in (inspect.getdoc(result) or "").splitlines()
        if " : " in line and not line.startswith((" ", ">"))
        for name in line.partition(" : ")[0].split(", ")
    ]
    fields = list(result.__dataclass_fields__)  # type: ignore[attr-defined]  # all three are dataclasses
    assert sorted(documented) == sorted(fields)


@pytest.mark.parametrize("options", [univariate.Options, univariate.ChangePointOptions, univariate.Series])
def test_an_input_documents_every_attribute(options: type) -> None:
    text = inspect.getdoc(options) or ""
    for field in options.__dataclass_fields__:  # type: ignore[attr-defined]  # all three are dataclasses
        assert f"\n{field} : " in text


@pytest.mark.usefixtures("kernels")
def test_the_errors_that_the_docstrings_name_are_raised() -> None:
    empty, short = Series.without_gaps([]), Series.without_gaps([1.0, 4.0, 2.0] * 4)
    for detect in (entire, last):
        with pytest.raises(IndexError):
            detect(short, Options(sensitivity=101))
        if _kernels.compiled is not None:
            with pytest.raises(ValueError, match="two periods"):
                detect(short, Options(period=7))
    with pytest.raises(IndexError):
        entire(empty, Options())
    entire(short, Options(sensitivity=101, margin_rule=MarginRule.V1))
    with pytest.raises(ValueError, match="zero-size"):
        change_points(empty, ChangePointOptions(Granularity.DAILY, period=0))
    if _kernels.compiled is not None:
        with pytest.raises(ValueError, match="two periods"):
            change_points(short, ChangePointOptions(Granularity.DAILY, period=7))
    with pytest.raises(ValueError, match="could not convert"):
        Series.without_gaps(["high"])  # type: ignore[list-item]  # the error is the point
    for granularity in (Granularity.MICROSECOND, Granularity.MONTHLY, Granularity.YEARLY):
        with pytest.raises(IndexError):
            grid_slots(np.empty(0, dtype=np.int64), granularity, 1)
