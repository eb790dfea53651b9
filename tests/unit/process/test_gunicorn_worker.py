"""What a worker of gunicorn hands to the server.

The smallest example: without a share the sockets stay with the worker, and aiohttp accepts from them.
"""

from __future__ import annotations

from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from gunicorn.config import Config

from anomaly_container.process.gunicorn_worker import Worker
from anomaly_container.web.server.acceptor import SharedSockets
from anomaly_container.web.server.connection_counts import ConnectionCounts

if TYPE_CHECKING:
    from collections.abc import Iterator


async def serve(shared: object = None) -> object:
    return shared


@pytest.fixture
def worker() -> Iterator[Worker]:
    listeners = [SimpleNamespace(sock="first"), SimpleNamespace(sock="second")]
    made = Worker(1, 1, listeners, SimpleNamespace(wsgi=lambda: serve), 30, Config(), None)
    yield made
    made.tmp.close()


async def test_without_a_share_the_sockets_stay(worker: Worker) -> None:
    worker.load_wsgi()
    assert len(worker.sockets) == 2
    assert await worker.wsgi() is None


async def test_with_a_share_the_server_gets_the_sockets(worker: Worker) -> None:
    worker.share = ConnectionCounts(1).share(0, 10)
    worker.load_wsgi()
    assert not worker.sockets
    assert iscoroutinefunction(worker.wsgi), "aiohttp calls it only then"
    assert await worker.wsgi() == SharedSockets(("first", "second"), worker.share)  # type: ignore[arg-type] # words stand in for sockets
