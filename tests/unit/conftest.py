from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.directory import _claims as claims
from anomaly_container.metering.directory import prepare
from anomaly_container.metering.policy import ApiStatus, PolicyByte, Standing
from anomaly_container.settings import load as configuration
from tests.support.univariate_app import univariate_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def limits() -> dict[str, object]:
    """Settings in which a test differs from the default; a test module overrides this."""
    return {}


@pytest.fixture
def settings(limits: dict[str, object], tmp_path: Path) -> CommonSettings:
    words = [
        *("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"),
        f"Metering:Directory={tmp_path / 'metering'}",
    ]
    return configuration.load(words, {}, limits)


@pytest.fixture
def metering(settings: CommonSettings) -> Iterator[Path]:
    """The directory of counts, claimed for the time of a test."""
    directory = prepare(settings)
    yield directory
    os.close(claims.pop(directory))


@pytest.fixture
def policy(metering: Path) -> Iterator[PolicyByte]:
    """What the metering endpoint has said: that the key is valid."""
    with closing(PolicyByte(metering)) as policy:
        policy.write(Standing(ApiStatus.VALID), 600)
        yield policy


@pytest.fixture
async def client(
    aiohttp_client: AiohttpClient,
    settings: CommonSettings,
    metering: Path,
    policy: PolicyByte,  # noqa: ARG001  # it is there before the client is
) -> Client:
    return await aiohttp_client(univariate_app(settings, metering))
