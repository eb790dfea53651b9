from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from anomaly_container.services.univariate.pages import PROBE
from anomaly_container.services.univariate.routes import canonical
from tests.support.counts import counts_of
from tests.support.payloads import DETECT_PATHS, ENTIRE_PATH, daily_body
from tests.support.univariate_app import FILES, ROUTES
from tests.support.wire import GET, served, wire

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
VERDICTS = {"entire": "isAnomaly", "last": "suggestedWindow", "changepoint": "isChangePoint"}


def test_every_documented_path_is_in_the_table() -> None:
    assert {route.path for route in ROUTES if route.method == "POST"} == {*DETECT_PATHS, "/ui/series"}
    assert {route.path for route in ROUTES if route.method == "GET"} == {
        *("/status", "/ready", "/livez", "/readyz", "/metrics", "/swagger", "/docs", *FILES),
        *("/records/usage-logs/", "/records/usage-logs/{MONTH}/{YEAR}"),
        *DETECT_PATHS,
    }


@pytest.mark.parametrize("path", DETECT_PATHS)
async def test_each_version_of_each_operation_answers(client: Client, path: str) -> None:
    response = await client.post(path, data=daily_body(48))
    assert response.status == 200
    assert VERDICTS[path.split("/")[4]] in await response.json()


@pytest.mark.parametrize(
    "path",
    [
        "/anomalydetector/v1.0/timeseries/changePoint/detect",
        "/AnomalyDetector/V1.1-Preview.1/TimeSeries/Entire/Detect",
        "//anomalydetector/v1.1/timeseries/entire/detect",
        "/anomalydetector//v1.1///timeseries/last/detect",
        "/anomalydetector/v1.1/timeseries/last/detect/",
        "/anomalydetector/v1.1-preview-1/timeseries/entire/detect",
        "/anomalydetector/v1.1%2Dpreview/timeseries/entire/detect",
        "/anomalydetector/v1.1/timeseries/entire/detect?api-version=v1.1",
    ],
)
async def test_a_path_may_be_spelt_in_other_ways(client: Client, path: str) -> None:
    # Built by hand, because a client library would tidy the path first.
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.post(url, data=daily_body(48)) as response:
        assert response.status == 200
        assert json.loads(await response.read())["period"] == 7


async def test_an_alias_answers_as_the_version_it_stands_for(client: Client) -> None:
    dash = await client.post("/anomalydetector/v1.1-preview-1/timeseries/last/detect", data=daily_body(48))
    plain = await client.post("/anomalydetector/v1.1-preview/timeseries/last/detect", data=daily_body(48))
    assert "severity" in await dash.json()
    assert "severity" not in await plain.json()


@pytest.mark.parametrize("path", [*DETECT_PATHS, "//anomalydetector/v1.0/timeseries/changePoint/detect/"])
async def test_a_client_may_look_before_it_posts(client: Client, metering: Path, path: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.get(url) as response:
        assert response.status == 200
        assert response.headers.getall("Content-Type") == ["application/json"]
        assert await response.json() == {"message": PROBE}
    async with client.session.head(url) as response:
        assert (response.status, await response.read()) == (200, b"")
    [counts] = counts_of(metering).values()
    assert not any(counts)


@pytest.mark.parametrize("path", ["/STATUS", "/status/", "//ready", "/Ready"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_probes_may_be_spelt_in_other_ways(client: Client, method: str, path: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.request(method, url) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/anomalydetector/v1.2-preview/timeseries/entire/detect",
        "/anomalydetector/v1.1/timeseries/entire",
        "/anomalydetector/v1.1/timeseries/entire/detect/more",
        "/anomalydetector/v1.1/timeseries/../timeseries/entire/detect",
        "/%00",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_elsewhere_nothing_is_found(client: Client, method: str, path: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.request(method, url) as response:
        assert response.status == 404
        assert await response.json() == {"error": {"code": "404", "message": "Resource not found"}}
        assert response.headers["x-ms-error-code"] == "404"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", ENTIRE_PATH, "GET,HEAD,POST"),
        ("DELETE", "/ANOMALYDETECTOR/v1.0/timeseries/changePoint/detect", "GET,HEAD,POST"),
        ("OPTIONS", ENTIRE_PATH, "GET,HEAD,POST"),
        ("POST", "/status", "GET,HEAD"),
        ("POST", "/Ready/", "GET,HEAD"),
        ("PROPFIND", "/", "GET,HEAD"),
    ],
)
async def test_another_method_is_not_allowed(client: Client, method: str, path: str, allowed: str) -> None:
    response = await client.request(method, path)
    assert response.status == 405
    assert response.headers["Allow"] == allowed
    assert response.headers["x-ms-error-code"] == "405"
    assert (await response.json())["error"]["code"] == "405"


def test_the_canonical_path_is_itself() -> None:
    """But for a slash at the end and the names of what varies, which no client spells."""
    for route in ROUTES:
        assert canonical(route.path) == re.sub("(?<=.)/$", "", route.path).replace(
            "{MONTH}/{YEAR}", "{month}/{year}"
        )


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET http://h", 200),  # as a proxy may ask for the home page
        ("GET http://h/livez", 200),
        ("GET /livez%0A", 404),
        ("GET /%0A", 404),
        ("GET /%7Bpath%7D", 404),
        ("GET /{path}", 404),
        ("OPTIONS *", 404),
        ("CONNECT h:443", 405),
    ],
)
async def test_a_target_that_no_client_library_sends(
    settings: CommonSettings, metering: Path, line: str, status: int
) -> None:
    async with served(settings, metering) as port, wire(port) as connection:
        reply = await connection.ask(f"{line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert reply.status == status
        assert (await connection.ask(GET)).status == 200
