"""What happens to a request body on its way in: size, encoding, patience."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from anomaly_container.settings.base import CommonSettings

Client = TestClient[web.Request, web.Application]
LIMIT = 50_000


@pytest.fixture
def limits() -> dict[str, object]:
    return {"Limits": {"MaxBodyBytes": LIMIT, "BodySeconds": 0.3, "LingerSeconds": 0.2}}


async def exchange(client: Client, *parts: bytes, finish: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are, and read one answer."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    if finish:
        writer.write_eof()
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return int(first.split()[1]), headers, await reader.readexactly(int(headers["content-length"]))
    finally:
        writer.close()
        await writer.wait_closed()


def head(*lines: str) -> bytes:
    return "\r\n".join([f"POST {ENTIRE_PATH} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


async def test_a_body_of_the_largest_size_is_read(client: Client) -> None:
    body = daily_body(48).ljust(LIMIT)
    assert (await client.post(ENTIRE_PATH, data=body)).status == 200


async def test_a_larger_body_is_refused(client: Client) -> None:
    body = daily_body(48).ljust(LIMIT + 1)
    response = await client.post(ENTIRE_PATH, data=body)
    assert response.status == 413
    assert response.headers["x-ms-error-code"] == "413"
    assert response.headers.getall("Content-Type") == ["application/json"]
    assert (await response.json())["error"]["code"] == "413"


async def test_a_larger_body_of_unknown_length_is_refused(client: Client) -> None:
    size = f"{LIMIT + 1:x}\r\n".encode()
    chunks = [size, b" " * (LIMIT + 1), b"\r\n0\r\n\r\n"]
    status, _, body = await exchange(client, head("Transfer-Encoding: chunked"), *chunks)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "413"


async def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(client: Client) -> None:
    status, _, body = await exchange(client, head(f"Content-Length: {LIMIT + 1}"))
    assert status == 413
    assert json.loads(body)["error"]["code"] == "413"


async def test_a_small_body_that_inflates_beyond_the_limit_is_refused(client: Client) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    assert len(bomb) < LIMIT
    response = await client.post(ENTIRE_PATH, data=bomb, headers={"Content-Encoding": "gzip"})
    assert response.status == 413


async def test_the_default_limit_leaves_room_for_the_longest_series(settings: CommonSettings) -> None:
    ample = settings.model_copy(update={"max_body_bytes": None})
    indented = json.dumps(json.loads(daily_body(8640)), indent=8).encode()
    assert len(indented) < ample.body_limit
    longer = ample.model_copy(update={"max_points": 100_000})
    assert longer.body_limit > 10 * len(indented)


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [("gzip", gzip.compress(daily_body(48))), ("deflate", zlib.compress(daily_body(48)))],
)
async def test_a_compressed_body_is_read(client: Client, encoding: str, compressed: bytes) -> None:
    response = await client.post(ENTIRE_PATH, data=compressed, headers={"Content-Encoding": encoding})
    assert response.status == 200
    assert (await response.json())["period"] == 7


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"not gzip at all"),
        ("gzip", gzip.compress(daily_body(48))[:-20]),
        ("gzip", gzip.compress(daily_body(48))[:300]),
        ("gzip", b"\x1f\x8b" + bytes(200)),
        ("gzip", b""),
        ("deflate", b"\x78\x9c nothing"),
        ("br", b"never brotli"),
        ("zstd", b"never zstandard"),
    ],
)
async def test_a_broken_encoding_is_the_clients_fault(
    client: Client, caplog: pytest.LogCaptureFixture, encoding: str, body: bytes
) -> None:
    response = await client.post(ENTIRE_PATH, data=body, headers={"Content-Encoding": encoding})
    assert response.status == 400
    assert (await response.json())["code"] == "InvalidJsonFormat"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[", b"\xff\xfe", b"null", b"[]", b"7", b'"text"'])
async def test_a_body_that_is_no_request_is_the_clients_fault(client: Client, body: bytes) -> None:
    response = await client.post(ENTIRE_PATH, data=body)
    assert response.status == 400
    assert set(await response.json()) == {"code", "message"}


async def test_a_body_that_never_ends_is_given_up(client: Client) -> None:
    status, headers, body = await exchange(client, head("Content-Length: 100"), b'{"series"')
    assert status == 408
    assert headers["x-ms-error-code"] == "408"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["error"]["code"] == "408"


async def test_a_client_that_leaves_is_not_an_error_of_ours(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head("Content-Length: 100") + b'{"series"')
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await asyncio.sleep(0.05)
    assert (await client.get("/ready")).status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_the_rest_of_a_refused_body_is_not_awaited_for_long(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head(f"Content-Length: {LIMIT + 1}"))
    began = time.monotonic()
    async with asyncio.timeout(5):
        assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - began >= 0.2
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("limits", [{"Limits": {"MaxBodyBytes": LIMIT, "LingerSeconds": 0}}])
async def test_the_rest_of_a_refused_body_need_not_be_awaited(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head(f"Content-Length: {LIMIT + 1}"))
    async with asyncio.timeout(5):  # by default ten seconds would pass
        assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()
