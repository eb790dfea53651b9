"""Offers to go on in another protocol, and what comes behind them."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.authority import Authority, authority
from tests.support.payloads import ENTIRE_PATH, daily_body
from tests.support.wire import GET, Wire, served, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings

pytestmark = pytest.mark.usefixtures("policy")

OFFERS: Final = {
    # As Java's client sends it with the first request of a connection.
    "h2c": (
        "Connection: Upgrade, HTTP2-CommonSettings\r\nUpgrade: h2c\r\n"
        "HTTP2-CommonSettings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAA\r\n"
    ),
    "websocket": (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    ),
    "tls": "Upgrade: TLS/1.0\r\nConnection: upgrade\r\n",
    "several": "Connection: keep-alive, upgrade\r\nUpgrade: h2c, websocket, IRC/6.9\r\n",
    "strange": "connection: uPGRADE\r\nuPGRADE: \u00fc/2\r\n",
    "alone": "Upgrade: h2c\r\n",
    "nothing": "Connection: Upgrade\r\n",
}
BODY: Final = daily_body(24)


@pytest.fixture
async def port(settings: CommonSettings, metering: Path) -> AsyncIterator[int]:
    async with served(settings, metering) as port:
        yield port


def page(offer: str) -> bytes:
    return GET.replace(b"\r\n\r\n", f"\r\n{offer}\r\n".encode())


def query(offer: str) -> bytes:
    head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: {len(BODY)}\r\n\r\n"
    return head.encode() + BODY


def chunked(offer: str) -> bytes:
    head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\n{offer}Transfer-Encoding: chunked\r\n\r\n"
    half = len(BODY) // 2
    return head.encode() + b"".join(
        b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:half], BODY[half:], b"")
    )


async def expect(client: Wire, *points: int) -> None:
    """The answers that come, by their number of points, 0 for a page; and then nothing more."""
    for number in points:
        status, headers, body = await client.answer()
        assert status == 200
        assert "upgrade" not in headers
        assert headers.get("connection", "keep-alive").lower() == "keep-alive"
        assert (len(json.loads(body)["isAnomaly"]) if number else body) == (number or b"ok")
    # The connection is as good as before.
    assert (await client.ask(GET))[0] == 200


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("make", [page, query, chunked])
async def test_a_request_with_an_offer_is_answered_and_so_are_those_behind_it(
    port: int, offer: str, make: Callable[[str], bytes]
) -> None:
    points = 0 if make is page else 24
    request = make(offer)
    async with wire(port) as client:
        client.writer.write(request)
        await expect(client, points)
        # On the same connection, in one packet, in every order.
        client.writer.write(request + GET)
        await expect(client, points, 0)
        client.writer.write(GET + request + request + query("") + request + query(""))
        await expect(client, 0, points, points, 24, points, 24)


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
async def test_it_does_not_matter_where_packets_end(port: int, offer: str) -> None:
    octets = query(offer) + GET + chunked(offer) + page(offer) + query("")
    async with wire(port) as client:
        for piece in (1, 7, 64, 500):
            for start in range(0, len(octets), piece):
                client.writer.write(octets[start : start + piece])
                await asyncio.sleep(0)
            await expect(client, 24, 0, 24, 0, 24)


async def test_many_requests_behind_an_offer_are_all_answered(port: int) -> None:
    """More than may wait; the others stay in the parser until there is room."""
    async with wire(port) as client:
        client.writer.write(query(OFFERS["h2c"]) + page(OFFERS["h2c"]) * 100 + GET * 100)
        await expect(client, 24, *[0] * 200)


@pytest.mark.parametrize("points", [1500, 5000, 8640])
@pytest.mark.parametrize("offer", ["", OFFERS["h2c"]], ids=["plain", "h2c"])
async def test_many_requests_behind_a_large_body_are_all_answered(port: int, points: int, offer: str) -> None:
    """Reading stops within the body until it is asked for, and goes on behind it."""
    body = daily_body(points)
    assert len(body) > 1 << 16
    head = f"POST {ENTIRE_PATH} HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: {len(body)}\r\n\r\n"
    async with wire(port) as client:
        client.writer.write(head.encode() + body + GET * 200)
        await expect(client, points, *[0] * 200)


@pytest.mark.parametrize("first", [GET, page(OFFERS["h2c"]), page(OFFERS["websocket"]), query(OFFERS["h2c"])])
async def test_what_is_not_http_behind_a_request_takes_nothing_from_it(port: int, first: bytes) -> None:
    async with wire(port) as client:
        client.writer.write(first + b"PRI * HTTP/9.9\x00\r\n\r\n")
        assert (await client.answer()).status == 200
        status, _, body = await client.answer()
        assert (status, json.loads(body)["error"]["code"]) == (400, "400")
        assert await client.is_closed()


async def test_an_offer_is_declined_on_an_encrypted_connection(
    settings: CommonSettings, metering: Path, tmp_path: Path
) -> None:
    signer: Authority = authority(tmp_path)
    pair = signer.pair("server")
    encrypted = settings.model_copy(update={"tls_certificate": pair.certificate, "tls_key": pair.key})
    trusting = ssl.create_default_context(cafile=signer.root)
    async with served(encrypted, metering) as port, wire(port, trusting) as client:
        for offer in OFFERS.values():
            client.writer.write(query(offer) + page(offer) + GET)
            await expect(client, 24, 0, 0)


async def test_connect_is_no_way_out_of_http(port: int) -> None:
    async with wire(port) as client:
        client.writer.write(b"CONNECT other.example:443 HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        assert (await client.answer()).status in {400, 404, 405}
        await expect(client, 0)
