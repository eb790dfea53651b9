"""The brokers of the tests of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.system.streams.brokers import Broker, kafka, tansu

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def apache() -> Iterator[Broker]:
    """Apache Kafka, one for all tests."""
    with kafka() as broker:
        yield broker


@pytest.fixture(scope="session")
def quick() -> Iterator[Broker]:
    """Tansu, one for all tests."""
    with tansu() as broker:
        yield broker


@pytest.fixture(params=["apache", "quick"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each of the brokers."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Broker)
    return found
