from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import orjson
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from anomaly_container.services.univariate.service import SERVICE
from anomaly_container.web.pages.static import COMMON, TYPES
from tests.support.univariate_app import FILES, SOURCES

Client = TestClient[web.Request, web.Application]
OPENAPI = Path(__file__).resolve().parents[4] / "openapi.yaml"
PACKAGE = Path(str(resources.files("anomaly_container")))
PAGES = ["/", "/swagger/index.html"]


@pytest.mark.parametrize("path", FILES)
async def test_a_file_is_sent_with_its_type_and_policy(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == 200
    if path in SOURCES:
        assert await response.read() == SOURCES[path].read_bytes()
    assert response.content_type == TYPES[SOURCES.get(path, Path(path)).suffix]
    assert response.charset == "utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    policy = dict(
        part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(" ".join(policy.values()).split())


@pytest.mark.parametrize("path", FILES)
async def test_what_the_client_has_is_not_sent_again(client: Client, path: str) -> None:
    tag = (await client.get(path)).headers["ETag"]
    response = await client.get(path, headers={"If-None-Match": tag})
    assert response.status == 304
    assert response.headers["ETag"] == tag
    assert await response.read() == b""
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_links_to_what_is_there_by_relative_addresses(client: Client, path: str) -> None:
    text = await (await client.get(path)).text()
    links = [link for link in re.findall(r'(?:href|src)="([^"]*)"', text) if not link.startswith("#")]
    assert len(links) > 5
    for link in links:
        assert not link.startswith(("/", "http"))
        assert (await client.get(str(URL(f"http://host{path}").join(URL(link)).path))).status == 200
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text)


def test_modules_import_files_of_the_table() -> None:
    for path in (path for path in SOURCES if path.startswith("/ui/") and path.endswith(".js")):
        for name in re.findall(r'from "\./([^"]+)"', SOURCES[path].read_text()):
            assert f"/ui/{name}" in SOURCES, (path, name)


def test_every_file_is_in_the_table_but_words_about_others() -> None:
    words = {"LICENSE", "NOTICE", "README.md", "swagger-ui-bundle.js.LICENSE.txt"}
    folders = [COMMON, SERVICE.ui or COMMON]
    there = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert {path for path in there if path.name not in words} == set(SOURCES.values())


async def test_openapi_json_is_openapi_yaml(client: Client) -> None:
    written = OPENAPI.read_bytes()
    assert await (await client.get("/openapi.yaml")).read() == written
    assert orjson.loads(await (await client.get("/openapi.json")).read()) == yaml.safe_load(written)


@pytest.mark.parametrize("path", ["//UI//Page.JS", "/Swagger/Index.html", "/OPENAPI.json/", "//"])
async def test_a_path_may_be_spelt_in_other_ways(client: Client, path: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.get(url) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/ui/../files.py",
        "/ui/..%2ffiles.py",
        "/ui/%2e%2e/files.py",
        "/ui/",
        "/ui/readme.md",
        "/ui//etc/passwd",
    ],
)
async def test_nothing_beside_the_table_is_sent(client: Client, path: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.get(url) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/swagger", "swagger/index.html"),
        ("/docs", "swagger/index.html"),
        ("/docs/", "../swagger/index.html"),
        ("/Swagger//", "../../swagger/index.html"),
        ("//docs", "swagger/index.html"),
    ],
)
async def test_swagger_is_reached_by_a_relative_address(client: Client, path: str, location: str) -> None:
    url = URL(f"http://{client.host}:{client.port}{path}", encoded=True)
    async with client.session.get(url, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == location


def test_the_package_carries_its_files() -> None:
    assert all(source.is_relative_to(PACKAGE) and source.is_file() for source in SOURCES.values())
