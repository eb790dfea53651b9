"""The examples in the documentation of sinks.

The smallest example: `seconds_of("120", 0.0)` is 120.0, as the docstring says.
"""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = (
    "sink_filter",
    "unacknowledged",
    "sinks.mail",
    "sinks.retry_after",
    "sinks.text",
    "sinks.webhook",
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_right(name: str) -> None:
    module = import_module(f"anomaly_container.services.streams.{name}")
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
