"""Web pages of other origins are let in by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.settings.errors import SettingsError
from anomaly_container.settings.load import load
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.univariate_app import univariate_app

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
ORIGIN = "https://board.example.com"
ASKED = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,ocp-apim-subscription-key",
}


@pytest.fixture
def limits(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "keys").write_text("a\n")
    access = {"ApiKeys": str(tmp_path / "keys"), "Cors:Origins": f"http://localhost:3000 {ORIGIN}"}
    return {"Access": access}


async def test_a_browser_may_ask_beforehand_without_the_key(client: Client) -> None:
    response = await client.options(ENTIRE_PATH, headers=ASKED)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Headers"] == ASKED["Access-Control-Request-Headers"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Vary"] == "Origin"


async def test_answers_and_refusals_can_be_read(client: Client) -> None:
    for headers, status in (({"Ocp-Apim-Subscription-Key": "a"}, 200), ({}, 401)):
        response = await client.post(ENTIRE_PATH, data=daily_body(24), headers=headers | {"Origin": ORIGIN})
        assert response.status == status
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "x-ms-error-code" in response.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", f"{ORIGIN}.evil.com", f"{ORIGIN}:8443", "http://board.example.com", "null"],
)
async def test_other_origins_get_nothing(client: Client, origin: str) -> None:
    assert (await client.options(ENTIRE_PATH, headers=ASKED | {"Origin": origin})).status == 401
    headers = {"Ocp-Apim-Subscription-Key": "a", "Origin": origin}
    response = await client.post(ENTIRE_PATH, data=daily_body(24), headers=headers)
    assert not [name for name in response.headers if name.startswith("Access-Control")]
    assert response.headers["Vary"] == "Origin"


@pytest.mark.usefixtures("policy")
async def test_without_the_setting_there_is_no_trace_of_it(
    aiohttp_client: AiohttpClient, settings: CommonSettings, metering: Path
) -> None:
    plain = settings.model_copy(update={"cors_origins": None, "access_keys": None})
    client: Client = await aiohttp_client(univariate_app(plain, metering))
    assert (await client.options(ENTIRE_PATH, headers=ASKED)).status == 405
    response = await client.post(ENTIRE_PATH, data=daily_body(24), headers={"Origin": ORIGIN})
    assert response.status == 200
    assert not [name for name in response.headers if name.startswith(("Access-Control", "Vary"))]


@pytest.mark.parametrize(
    "origins",
    ["*", "https://a.com/", "https://a.com/x", "a.com", "https://A.com", "https://a.com, https://b.com"],
)
def test_what_is_no_origin_is_refused(origins: str) -> None:
    gate = ("Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key")
    with pytest.raises(SettingsError, match="Access:Cors:Origins"):
        load([*gate, f"Access:Cors:Origins={origins}"], {}, {})
