from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container import settings as settings_module
from anomaly_container.web.app import create_app

if TYPE_CHECKING:
    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings import Settings

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def limits() -> dict[str, object]:
    """Settings in which a test differs from the default; a test module overrides this."""
    return {}


@pytest.fixture
def settings(limits: dict[str, object]) -> Settings:
    words = ["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"]
    return settings_module.load(words, {}, limits)


@pytest.fixture
async def client(aiohttp_client: AiohttpClient, settings: Settings) -> Client:
    return await aiohttp_client(create_app(settings))
