"""The client of the benchmark keeps the worker busy, reads whole answers and counts no refusal."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.univariate.contract.versions import Operation
from tests.bench import worker
from tests.bench.wire import query
from tests.bench.worker import ON_THE_WAY, Client, Process
from tests.system.metering import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERY = query(Operation.ENTIRE, b"{}")


class Seen:
    """How many requests came, and the most that were on the way at once."""

    def __init__(self) -> None:
        self.requests = self.now = self.most = 0
        self.lock = threading.Lock()


@contextmanager
def server(seen: Seen, status: int = 200, size: int = 2, pause: float = 0.0) -> Iterator[Client]:
    """A server in this process, and a client that takes it for its worker."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with seen.lock:
                seen.requests, seen.now = seen.requests + 1, seen.now + 1
                seen.most = max(seen.most, seen.now)
            time.sleep(pause)
            with seen.lock:
                seen.now -= 1
            self.send_response(status)
            self.send_header("model-id", "10")
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(b" " * size)

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler) as url:
        client = Client(Process(os.getpid()), int(url.rpartition(":")[2]))
        try:
            yield client
        finally:
            client.close()


def test_so_many_are_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH_SECONDS", 0.03)
    seen = Seen()
    with server(seen, pause=0.01) as client:
        cost = client.cost(QUERY, time.monotonic() - 1)
    assert seen.most == ON_THE_WAY
    assert seen.requests >= 2 * ON_THE_WAY
    assert 0 < cost.least <= cost.median < 0.05


def test_a_long_answer_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BATCH_SECONDS", 0.01)
    with server(Seen(), size=3 * worker.LARGEST_PIECE) as client:
        assert client.cost(QUERY, time.monotonic() - 1).median > 0


def test_one_query_is_answered() -> None:
    seen = Seen()
    with server(seen) as client:
        assert client.send("/", b"{}") == ("10", b"  ")
    assert seen.requests == 1


@pytest.mark.parametrize("status", [400, 429])
def test_a_refusal_is_no_figure(status: int) -> None:
    with server(Seen(), status) as client, pytest.raises(RuntimeError, match=f"answered.* {status} "):
        client.cost(QUERY, time.monotonic() - 1)
