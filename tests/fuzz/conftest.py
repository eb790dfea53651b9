from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.system.server import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as started:
        yield started
