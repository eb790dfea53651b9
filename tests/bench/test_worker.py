"""The client of the benchmark sends as many requests as it says, and no more at once than it may."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from tests.bench import worker
from tests.bench.worker import CONNECTIONS, Client, Process
from tests.system.metering import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


class Seen:
    """How many requests came, and the most that were on the way at once."""

    def __init__(self) -> None:
        self.requests = self.now = self.most = 0
        self.lock = threading.Lock()


@contextmanager
def server(seen: Seen, pause: float = 0.0, status: int = 200) -> Iterator[Client]:
    """A server in this process, and a client that takes it for its worker."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

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
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler) as url:
        yield Client(Process(os.getpid()), int(url.rpartition(":")[2]))


@pytest.mark.parametrize("on_the_way", [1, CONNECTIONS])
def test_so_many_are_on_the_way(monkeypatch: pytest.MonkeyPatch, on_the_way: int) -> None:
    monkeypatch.setattr(worker, "BATCH_SECONDS", 0.03)
    seen = Seen()
    with server(seen, pause=0.004) as client:
        cost = client.cost("/", b"{}", time.monotonic() - 1, on_the_way)
        client.close()
    assert on_the_way / 2 < seen.most <= on_the_way
    assert seen.requests >= 2 * on_the_way
    assert 0 < cost.least <= cost.median < 0.05


def test_one_query_is_answered() -> None:
    seen = Seen()
    with server(seen) as client:
        assert client.send("/", b"{}") == ("10", b"{}")
        client.close()
    assert seen.requests == 1


def test_a_refusal_is_no_figure() -> None:
    with server(Seen(), status=429) as client:
        with pytest.raises(RuntimeError, match="answered 429"):
            client.cost("/", b"{}", time.monotonic() - 1)
        client.close()
