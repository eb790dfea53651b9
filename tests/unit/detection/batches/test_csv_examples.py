"""The examples in the docstrings of tables are run, and every public name has its sections."""

from __future__ import annotations

import doctest
import inspect
from typing import TYPE_CHECKING

import pytest

from anomaly_container.detection.batches import csv_append, csv_block, csv_header, csv_rows

if TYPE_CHECKING:
    from types import ModuleType

MODULES = [csv_rows, csv_header, csv_block, csv_append]
FUNCTIONS = [
    csv_rows.RowReader.take,
    csv_header.guess_separator,
    csv_header.parse_header,
    csv_header.append_header,
    csv_block.parse_block,
    csv_block.Block.text,
    csv_append.Words.of,
    csv_append.append,
]
NAMES = [
    *(csv_rows.TableError, csv_rows.Rows, csv_rows.RowReader, csv_block.Block, csv_block.parse_block),
    *(csv_header.guess_separator, csv_header.parse_header, csv_header.append_header),
    *(csv_append.Words, csv_append.Words.of, csv_append.append),
]


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("thing", NAMES, ids=lambda thing: thing.__qualname__)
def test_every_public_name_has_an_example(thing: object) -> None:
    assert "\nExamples\n--------\n>>> " in (inspect.getdoc(thing) or "")


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_a_public_function_documents_its_parameters_and_result(function: object) -> None:
    text = inspect.getdoc(function) or ""
    assert "\nReturns\n-------\n" in text
    for parameter in inspect.signature(function).parameters:  # type: ignore[arg-type]  # each is callable
        assert parameter == "self" or f"\n{parameter} : " in text
