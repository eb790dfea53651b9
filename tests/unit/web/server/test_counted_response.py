"""What is counted: answers of 200 that went out, each once."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from anomaly_container.metering.counter import Counter
from anomaly_container.services.univariate import engine
from tests.support.counts import counts_of
from tests.support.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


Client = TestClient[web.Request, web.Application]
PATHS = {
    "entire": (1, 0, 0),
    "last": (0, 1, 0),
    "changepoint": (0, 0, 1),
}
SMALL = daily_body(24)
LARGE = daily_body(200)


def counts(metering: Path) -> tuple[int, ...]:
    [values] = counts_of(metering).values()
    return values


def request(body: bytes, path: str = ENTIRE_PATH) -> bytes:
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


async def connect(client: Client, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", client.server.port))
    return connection


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # another thread or another task makes it true
            await asyncio.sleep(0.01)


def leave(connection: socket.socket, *, reset: bool) -> None:
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("version", ["v1.0", "v1.1-preview", "v1.1-preview.1", "v1.1"])
@pytest.mark.parametrize("operation", PATHS)
async def test_an_answer_counts_for_its_operation(
    client: Client, metering: Path, operation: str, version: str
) -> None:
    path = f"/anomalydetector/{version}/timeseries/{operation}/detect"
    assert (await client.post(path, data=SMALL)).status == 200
    assert counts(metering) == (*PATHS[operation], 1)


@pytest.mark.parametrize(("points", "thousands"), [(12, 1), (999, 1), (1000, 1), (1001, 2), (2001, 3)])
async def test_points_count_in_thousands_begun(
    client: Client, metering: Path, points: int, thousands: int
) -> None:
    response = await client.post(ENTIRE_PATH, data=daily_body(points, period=0))
    assert response.status == 200
    assert response.headers["csp-billing-usage"].endswith(f"={thousands}")
    assert counts(metering) == (1, 0, 0, thousands)


async def test_any_spelling_of_a_path_counts(client: Client, metering: Path) -> None:
    path = "/AnomalyDetector//v1.1/TimeSeries/changePoint/detect"
    assert (await client.post(path, data=SMALL)).status == 200
    assert counts(metering) == (0, 0, 1, 1)


async def test_nothing_but_an_answer_counts(
    client: Client, metering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.post(ENTIRE_PATH, data=b"{")).status == 400
    assert (await client.get(ENTIRE_PATH)).status == 200  # a probe
    assert (await client.put(ENTIRE_PATH)).status == 405
    assert (await client.get("/status")).status == 200
    assert (await client.get("/ready")).status == 200
    assert (await client.post("/anomalydetector/v9/timeseries/entire/detect", data=SMALL)).status == 404
    monkeypatch.delattr(engine, "respond")
    assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 500
    assert counts(metering) == (0, 0, 0, 0)


async def test_the_answer_is_what_the_server_would_write(client: Client) -> None:
    response = await client.post(ENTIRE_PATH, data=LARGE)
    body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)
    assert len(json.loads(body)["isAnomaly"]) == 200
    assert {"apim-request-id", "X-Content-Type-Options", "Date", "Server", "model-id"} <= set(
        response.headers
    )
    # The connection goes on.
    assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200


async def test_answers_to_requests_sent_in_one_go_come_in_order(client: Client, metering: Path) -> None:
    connection = await connect(client)
    loop = asyncio.get_running_loop()
    status = b"GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n"
    await loop.sock_sendall(connection, status + request(SMALL) + status + request(LARGE) + status)
    received = b""
    async with asyncio.timeout(20):
        while received.count(b"apiStatusMessage") < 3:
            received += await loop.sock_recv(connection, 1 << 16)
    connection.close()
    assert received.count(b"HTTP/1.1 200 OK") == 5
    kinds = [b"apiStatus" in part for part in received.split(b"HTTP/1.1 200 OK")[1:]]
    assert kinds == [True, False, True, False, True]
    assert counts(metering) == (2, 0, 0, 2)


@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["inline", "on-the-thread"])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_client_that_left_before_its_answer_is_not_charged(
    client: Client, metering: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, reset: bool
) -> None:
    connection = await connect(client)
    answer = engine.respond

    def answered_too_late(*arguments: object) -> engine.Outcome:
        leave(connection, reset=reset)
        return answer(*arguments)  # type: ignore[arg-type] # they are those of the function it stands for

    monkeypatch.setattr(engine, "respond", answered_too_late)
    await asyncio.get_running_loop().sock_sendall(connection, request(body))
    await until(lambda: connection.fileno() == -1)
    monkeypatch.setattr(engine, "respond", answer)
    # Whoever comes next finds the server as it was, and the one who left is long dealt with.
    assert (await client.post(ENTIRE_PATH, data=LARGE)).status == 200
    assert counts(metering) == (1, 0, 0, 1)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many bytes the kernel took of how many, for each attempt; it has little room."""
    taken: list[tuple[int, int]] = []
    deliver = Counter.deliver

    def observed(counter: Counter, descriptor: int, octets: bytes, amounts: Mapping[str, int]) -> int:
        with socket.socket(fileno=descriptor) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            sender.detach()
        sent = deliver(counter, descriptor, octets, amounts)
        taken.append((sent, len(octets)))
        return sent

    monkeypatch.setattr(Counter, "deliver", observed)
    return taken


async def ask_for_a_long_answer(client: Client, taken: list[tuple[int, int]]) -> socket.socket:
    """Return a connection on which a part of the answer waits to be read, and the rest in the server."""
    connection = await connect(client, receive_buffer=65536)
    await asyncio.get_running_loop().sock_sendall(connection, request(daily_body(8640, period=0)))
    await until(lambda: bool(taken))
    assert 0 < taken[0][0] < taken[0][1]
    await asyncio.sleep(0.1)
    return connection


async def test_a_long_answer_counts_when_the_kernel_has_all_of_it(
    client: Client, metering: Path, taken: list[tuple[int, int]]
) -> None:
    connection = await ask_for_a_long_answer(client, taken)
    assert counts(metering) == (0, 0, 0, 0), "the client has not read anything"
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(60):
        received = await loop.sock_recv(connection, 1 << 16)
        head, _, body = received.partition(b"\r\n\r\n")
        [length] = re.findall(rb"Content-Length: (\d+)", head)
        while len(body) < int(length):
            body += await loop.sock_recv(connection, 1 << 16)
    connection.close()
    assert len(json.loads(body)["isAnomaly"]) == 8640
    assert taken[-1] == (1, 1)
    assert counts(metering) == (1, 0, 0, 9)


@pytest.mark.parametrize("reset", [True, False])
async def test_a_client_that_leaves_in_the_middle_of_its_answer_is_not_charged(
    client: Client, metering: Path, taken: list[tuple[int, int]], reset: bool
) -> None:
    connection = await ask_for_a_long_answer(client, taken)
    received = await asyncio.get_running_loop().sock_recv(connection, 1000)
    assert received.startswith(b"HTTP/1.1 200 OK")
    leave(connection, reset=reset)
    await asyncio.sleep(0.1)
    assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200
    assert counts(metering) == (1, 0, 0, 1)
