"""The examples of the documentation of streams are true.

The smallest example: `number("1.5s")` is 1500.0.
"""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

PACKAGE = "anomaly_container.services.streams"
NAMES = (
    "contract.answer",
    "contract.body",
    "feature_list",
    "features",
    "formats.combined",
    "formats.csv_row",
    "formats.json_batch",
    "formats.json_object",
    "formats.logfmt",
    "sample",
    "time_features",
    "zones",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_true(name: str) -> None:
    found = doctest.testmod(import_module(f"{PACKAGE}.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
