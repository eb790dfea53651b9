from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cloud import ENVIRONMENT, Cloud, cloud

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def moto() -> Iterator[Cloud]:
    with cloud() as served:
        yield served


@pytest.fixture
def aws(moto: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return the cloud, with credentials for it in the environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return moto
