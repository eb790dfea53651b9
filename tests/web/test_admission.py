"""Long detections: probes go on, a few wait, the rest are told to come back."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from anomaly_container import engine
from tests.payloads import ENTIRE_PATH, daily_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly_container.contract.limits import Limits
    from anomaly_container.contract.versions import ApiVersion, Operation
    from anomaly_container.engine import Answer

Client = TestClient[web.Request, web.Application]
SMALL = daily_body(24)
MODERATE = daily_body(400)
LARGE = daily_body(1500)
MAX_WAITING = 2


class Gate:
    """Stands before every large detection until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        self.threads: set[str] = set()
        self._answer = engine.answer

    def answer(self, body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Answer:
        self.threads.add(threading.current_thread().name)
        if body == LARGE:
            self.reached.set()
            assert self.opened.wait(timeout=30)
        return self._answer(body, operation, version, limits)


@pytest.fixture
def limits() -> dict[str, object]:
    return {"Limits": {"MaxWaiting": MAX_WAITING}}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(engine, "answer", gate.answer)
    yield gate
    gate.opened.set()


def send_large(client: Client, count: int) -> list[asyncio.Task[ClientResponse]]:
    async def send() -> ClientResponse:
        return await client.post(ENTIRE_PATH, data=LARGE)

    return [asyncio.create_task(send()) for _ in range(count)]


def test_the_bodies_are_on_both_sides_of_the_border() -> None:
    assert len(SMALL) <= engine.INLINE_BYTES
    assert len(MODERATE) <= engine.MODERATE_BYTES < len(LARGE)


async def test_probes_and_small_requests_are_answered_while_a_long_detection_runs(
    client: Client, gate: Gate
) -> None:
    [long] = send_large(client, 1)
    await asyncio.to_thread(gate.reached.wait, 30)
    async with asyncio.timeout(10):
        assert (await client.get("/ready")).status == 200
        assert (await client.get("/status")).status == 200
        assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200
    assert not long.done()
    gate.opened.set()
    assert (await long).status == 200


async def test_more_than_may_wait_are_told_to_come_back(client: Client, gate: Gate) -> None:
    admitted = send_large(client, 1 + MAX_WAITING)
    await asyncio.to_thread(gate.reached.wait, 30)
    refused = await send_large(client, 1)[0]
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["x-ms-error-code"] == "429"
    assert (await refused.json())["error"]["code"] == "429"
    gate.opened.set()
    assert [(await task).status for task in admitted] == [200] * (1 + MAX_WAITING)
    # Those who left made room.
    assert [(await task).status for task in send_large(client, 1 + MAX_WAITING)] == [200] * (1 + MAX_WAITING)


async def test_a_refused_request_makes_room_again(client: Client) -> None:
    too_long = daily_body(8641)
    for _ in range(2 * (1 + MAX_WAITING)):
        response = await client.post(ENTIRE_PATH, data=too_long)
        assert response.status == 400
        assert response.headers["x-ms-error-code"] == "InvalidSeries"


async def test_all_large_requests_share_one_thread(client: Client, gate: Gate) -> None:
    gate.opened.set()
    for task in send_large(client, 1 + MAX_WAITING):
        assert (await task).status == 200
    assert len(gate.threads) == 1
    assert threading.current_thread().name not in gate.threads


async def test_a_small_request_is_answered_where_it_came_in(client: Client, gate: Gate) -> None:
    assert (await client.post(ENTIRE_PATH, data=SMALL)).status == 200
    assert gate.threads == {threading.current_thread().name}
