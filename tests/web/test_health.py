from __future__ import annotations

import re

from aiohttp import web
from aiohttp.test_utils import TestClient

Client = TestClient[web.Request, web.Application]


async def test_status_says_the_key_is_valid(client: Client) -> None:
    response = await client.get("/status")
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert await response.json() == {
        "service": "anomalydetector",
        "apiStatus": "Valid",
        "apiStatusMessage": "Api Key is valid, no action needed.",
    }


async def test_ready_says_a_query_can_come(client: Client) -> None:
    response = await client.get("/ready")
    assert response.status == 200
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert await response.json() == {
        "service": "anomalydetector",
        "ready": "ready",
        "message": "Api Key is valid, no action needed.",
    }


async def test_the_home_page_links_only_to_pages_that_exist(client: Client) -> None:
    response = await client.get("/")
    assert response.status == 200
    assert response.content_type == "text/html"
    page = await response.text()
    links = re.findall(r'href="([^"]+)"', page)
    assert links
    for link in links:
        assert (await client.get(link)).status == 200
    operations = re.findall(r"<code>(/[^<]+)</code>", page)
    assert len(operations) == 3
    for operation in operations:
        assert (await client.post(operation)).status == 400


async def test_head_answers_without_a_body(client: Client) -> None:
    response = await client.head("/status")
    assert response.status == 200
    assert await response.read() == b""
