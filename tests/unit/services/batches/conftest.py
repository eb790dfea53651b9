"""What comes over the wire of batches: the service on a store in memory, and SNS with a trap beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.support.authority import Authority, authority
from tests.support.batches_app import batches_app, batches_settings
from tests.support.faulty_store import FaultyStore
from tests.support.sns_sender import TOPIC, Sender, SnsHost, Trap, sns_host
from tests.unit.outbound.conftest import aws, moto

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_aiohttp.plugin import AiohttpClient

    from anomaly_container.metering.usage import Usage

__all__ = ["aws", "moto"]
Client = TestClient[web.Request, web.Application]
Start = Callable[..., Awaitable[Client]]
KEY = "key-of-a-client"
URL = "Batches:Url=s3://sensors"


async def notify(
    client: Client, message: dict[str, Any] | bytes, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Post a message as SNS does, and return the status and the content of the answer."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.post("/notify", data=data, headers={"Content-Type": "text/plain"} | named)
    return answer.status, await answer.json()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def is_status(client: Client, path: str, status: int) -> bool:
    """Return whether a path is answered with a status."""
    return (await client.get(path)).status == status


async def no_note(store: FaultyStore) -> bool:
    """Return whether the inbox is empty."""
    await asyncio.sleep(0)
    return not store.shared.keys("state/inbox/")


async def finished(client: Client, files: int) -> None:
    """Wait until so many batches are published."""

    async def is_so() -> bool:
        content = await (await client.get("/batches?limit=1000")).json()
        published = [batch["id"] for batch in content["batches"] if batch["state"] == "published"]
        return len(published) >= files

    await until(is_so)


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def sender() -> Sender:
    return Sender()


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    made = Trap()
    server = await asyncio.start_server(made.meet, "127.0.0.1", 0)
    made.address = server.sockets[0].getsockname()[:2]
    yield made
    server.close()
    await server.wait_closed()


@pytest.fixture
async def sns(signer: Authority, sender: Sender, trap: Trap) -> AsyncIterator[SnsHost]:
    async with sns_host(signer, sender, trap) as host:
        yield host


@pytest.fixture
def store() -> FaultyStore:
    return FaultyStore()


@pytest.fixture
def start(aiohttp_client: AiohttpClient, tmp_path: Path, store: FaultyStore, sns: SnsHost) -> Start:
    """Return what starts the service: on the store in memory, with some words of the command line."""

    async def started(*words: str, usage: Usage | None = None) -> Client:
        given = {word.partition("=")[0]: word for word in (URL, f"Batches:Topics={TOPIC}")}
        given |= {word.partition("=")[0]: word for word in words}
        settings = batches_settings(*given.values())
        client: Client = await aiohttp_client(
            batches_app(settings, tmp_path, store=store, client=sns.client, usage=usage)
        )
        await until(lambda: is_status(client, "/readyz", 200))
        return client

    return started
