"""The examples in the docstrings of the library, and what its public functions document.

The smallest example: `options.Options` shows that a limit for two columns is a limit for each.
"""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection import batches

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = Path(batches.__file__).parent
OURS = sorted(
    {"baseline", "block_scale", "channel", "comoments", "compat", "concentration", "forest_detector"}
    | {"gaps", "joint", "mahalanobis", "moments", "options", "sample", "tails", "verdict", "zscore"}
)
MODULES = [import_module(f"{batches.__name__}.{name}") for name in OURS]
ENTRY_POINTS = (
    "baseline.score_block",
    "compat.score_file",
    "tails.thresholds",
    "joint.score",
    "zscore.score",
)


def functions(module: ModuleType) -> list[object]:
    """The public functions of a module."""
    return [
        thing
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
    ]


def failures(module: ModuleType) -> list[str]:
    """Run the examples of a module as a reader would type them; return what those that fail have to say."""
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=report.append)
    return report


@pytest.mark.parametrize("module", MODULES, ids=OURS)
def test_examples_hold(module: ModuleType) -> None:
    assert failures(module) == []


def test_the_entry_points_have_examples() -> None:
    for name in ENTRY_POINTS:
        module, _, function = name.partition(".")
        assert ">>> " in (inspect.getdoc(getattr(MODULES[OURS.index(module)], function)) or "")


@pytest.mark.parametrize("module", MODULES, ids=OURS)
def test_a_public_function_documents_its_parameters(module: ModuleType) -> None:
    for function in functions(module):
        text = inspect.getdoc(function) or ""
        if "Parameters\n----------\n" in text:
            documented = text.partition("Parameters\n----------\n")[2]
            for parameter in inspect.signature(function).parameters:  # type: ignore[arg-type]  # each is one
                assert (
                    f"{parameter} :" in documented
                    or f"{parameter}, " in documented
                    or f", {parameter} :" in documented
                )
        else:
            assert len(text.splitlines()) == 1 or ">>> " in text


@pytest.mark.parametrize("module", MODULES, ids=OURS)
def test_a_dataclass_documents_every_field(module: ModuleType) -> None:
    for thing in vars(module).values():
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            for field in getattr(thing, "__dataclass_fields__", ()):
                text = inspect.getdoc(thing) or ""
                assert any(field in line.partition(" : ")[0].split(", ") for line in text.splitlines())
