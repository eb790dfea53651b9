"""A container of Azure, at the emulator.

The smallest example: `open_store("az://plant/line-1")` writes `a` as `line-1/a` in the container `plant`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.outbound.object_store import open_store
from tests.support.store_contract import StoreContract
from tests.system.outbound.azurite_server import ENVIRONMENT, Azurite, azurite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.outbound.object_store import ObjectStore


@pytest.fixture(scope="module")
def server() -> Iterator[Azurite]:
    with azurite() as served:
        yield served


@pytest.fixture
def store(server: Azurite, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return open_store(f"az://{server.container()}/line-1", endpoint=server.endpoint)


class TestAzure(StoreContract):
    """The rules of the store."""
