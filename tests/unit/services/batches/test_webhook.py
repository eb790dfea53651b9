"""The webhook.

The smallest example: a summary is sent once, with the id of its batch as the key of idempotency.
"""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.outbound.errors import Unavailable
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches import webhook
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.webhook import ATTEMPTS, Webhook
from tests.unit.services.batches.conftest import finished, notify

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.faulty_store import FaultyStore
    from tests.support.sns_sender import Sender
    from tests.unit.services.batches.conftest import Start

ENTRY = Entry(key="raw/secret.csv", etag="e", anomalies=1)
SUMMARY = b'{"anomaly_count": 1}'


class Receiver:
    """Answers with some statuses in turn, and with 200 after them."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[tuple[bytes, str, str]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        headers = request.headers
        self.requests.append((await request.read(), headers["Idempotency-Key"], headers["Content-Type"]))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": self.url} if status == 307 else {})


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(*statuses)
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "FIRST_PAUSE", 0.001)


def sent(result: str) -> float:
    return REGISTRY.get_sample_value("anomaly_batches_webhook_total", {"result": result}) or 0.0


async def test_a_summary_is_sent_once(store: FaultyStore) -> None:
    store.shared.write("processed/secret_summary.json", SUMMARY)
    before = sent("sent")
    async with receiving() as receiver:
        await Webhook(HttpClient(), store, receiver.url, allow_http=False).send(ENTRY)
    assert receiver.requests == [(SUMMARY, ENTRY.id, "application/json")]
    assert sent("sent") == before + 1


async def test_it_is_sent_again_until_it_is_taken(store: FaultyStore) -> None:
    store.shared.write("processed/secret_summary.json", SUMMARY)
    async with receiving(500, 404, 307, 429) as receiver:
        await Webhook(HttpClient(), store, receiver.url, allow_http=False).send(ENTRY)
    assert receiver.requests == [(SUMMARY, ENTRY.id, "application/json")] * 5


async def test_after_five_attempts_it_is_counted_and_logged(
    store: FaultyStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.shared.write("processed/secret_summary.json", SUMMARY)
    before = sent("failed")
    async with receiving(*[503] * 10) as receiver:
        await Webhook(HttpClient(), store, receiver.url, allow_http=False).send(ENTRY)
    assert len(receiver.requests) == ATTEMPTS == 5
    assert sent("failed") == before + 1
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line == f"The webhook did not take the summary of batch {ENTRY.id}."


async def test_a_store_that_is_away_is_waited_for(store: FaultyStore) -> None:
    store.shared.write("processed/secret_summary.json", SUMMARY)
    faults = [Unavailable(message="away")] * 3

    def away(_call: str, _key: str) -> None:
        if faults:
            raise faults.pop()

    store.before = away
    async with receiving() as receiver:
        await Webhook(HttpClient(), store, receiver.url, allow_http=False).send(ENTRY)
    assert len(receiver.requests) == 1


async def test_a_summary_that_is_gone_is_a_failure(store: FaultyStore) -> None:
    before = sent("failed")
    async with receiving() as receiver:
        await Webhook(HttpClient(), store, receiver.url, allow_http=False).send(ENTRY)
    assert receiver.requests == []
    assert sent("failed") == before + 1


async def test_only_batches_with_anomalies_are_sent(start: Start, store: FaultyStore, sender: Sender) -> None:
    async with receiving() as receiver:
        client = await start(f"Batches:Webhook={receiver.url}")
        clean = "".join(f"{row % 7}\n" for row in range(100))
        store.shared.write("raw/clean.csv", f"a\n{clean}".encode())
        store.shared.write("raw/spiked.csv", f"a\n{clean}1000\n".encode())
        await notify(client, sender.notification("raw/clean.csv", "raw/spiked.csv"))
        await finished(client, 2)
        content = await (await client.get("/batches")).json()
        flagged = {batch["id"]: batch["key"] for batch in content["batches"] if batch["anomalies"]}
    assert list(flagged.values()) == ["raw/spiked.csv"]
    [(body, key, _)] = receiver.requests
    assert key in flagged
    assert store.shared.data("processed/spiked_summary.json") == body
