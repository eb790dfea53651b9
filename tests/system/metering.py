"""The metering endpoint as a process, and a way to it that fails, delays and repeats."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import requests

from tests.system.server import ENTRYPOINT, KEY, SECONDS_TO_START, SECONDS_TO_STOP, free_port

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

FAILURES = 0.2
LOST_ANSWERS = 0.15
REPEATS = 0.2
DELAYS = 0.2
LONGEST_DELAY = 1.2


@dataclass(frozen=True)
class Receiver:
    """A running metering endpoint."""

    url: str

    def totals(self) -> Counter[str]:
        """What it was told, by meter, without the prefix that all meters share."""
        answer = requests.get(
            f"{self.url}/metering/v1/report", headers={"Ocp-Apim-Subscription-Key": KEY}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        totals: Counter[str] = Counter()
        for row in answer.json()["usage"]:
            totals[row["meter"].rpartition(".")[2]] += row["quantity"]
        return +totals


@contextmanager
def receiver(directory: Path, keys: str = KEY, port: int | None = None) -> Iterator[Receiver]:
    """A metering endpoint that has stopped when the block ends."""
    port = port or free_port()
    process = subprocess.Popen(  # noqa: S603  # our own program with the words of a test
        [
            *(sys.executable, "-m", "anomaly_container", "meter"),
            *("Host=127.0.0.1", f"Port={port}", f"Keys={keys}", f"Directory={directory}"),
        ],
        cwd=ENTRYPOINT.parent,
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, url)
        yield Receiver(url)
    finally:
        process.terminate()
        assert process.wait(timeout=SECONDS_TO_STOP) == 0


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            if requests.get(f"{url}/metering/v1/health", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    message = f"no metering endpoint after {SECONDS_TO_START} seconds"
    raise TimeoutError(message)


@dataclass
class Way:
    """What a way to the receiver did to those who took it."""

    url: str
    is_reliable: bool = False
    happened: Counter[str] = field(default_factory=Counter)


class PassingOn(BaseHTTPRequestHandler):
    """A handler on the way to the endpoint, which has the URL `receiver_url`."""

    receiver_url: str

    def forward(self, body: bytes) -> int:
        """Pass a record on; return the status of the answer."""
        passed_on = {
            name: self.headers[name]
            for name in ("Content-Type", "Idempotency-Key", "Ocp-Apim-Subscription-Key")
        }
        return requests.post(
            f"{self.receiver_url}{self.path}", data=body, headers=passed_on, timeout=10
        ).status_code

    def reply(self, status: int) -> None:
        """Answer with a status alone."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the output to the test."""


@contextmanager
def unreliable_way(receiver: Receiver, seed: int) -> Iterator[Way]:
    """A way to the receiver on which records are refused, come twice or late, and answers get lost."""
    chance = random.Random(seed)  # noqa: S311  # a test, not a secret

    class Handler(PassingOn):
        receiver_url = receiver.url

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fails, is_lost, is_repeated, is_late = (chance.random() for _ in range(4))
            if way.is_reliable:
                self.reply(self.forward(body))
                return
            if is_late < DELAYS:
                way.happened["late"] += 1
                time.sleep(chance.uniform(0, LONGEST_DELAY))
            if fails < FAILURES:
                way.happened["refused"] += 1
                self.reply(500)
                return
            status = self.forward(body)
            if is_repeated < REPEATS:
                way.happened["repeated"] += 1
                assert self.forward(body) == 200
            if is_lost < LOST_ANSWERS:
                way.happened["answer lost"] += 1
                return
            way.happened["passed"] += 1
            self.reply(status)

    with serving(Handler) as url:
        way = Way(url)
        yield way


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on a free port of the loopback device until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        # Shaken hands in the thread of the connection; a client that refuses says so without a trace printed.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client's refusal is expected
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Answer:
    """What an endpoint answers to every record."""

    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass
class Endpoint:
    """An endpoint that answers as it is told, while it is open, and keeps every byte it gets."""

    url: str
    answer: Answer
    received: list[bytes] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)
    before_answer: Callable[[], object] = lambda: None

    @property
    def bodies(self) -> list[bytes]:
        return [octets.partition(b"\n\n")[2] for octets in self.received]


@contextmanager
def endpoint(answer: Answer = Answer(), tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """An endpoint that has stopped when the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append(f"{self.requestline}\n".encode() + bytes(self.headers) + body)
            state.is_open.wait()
            state.before_answer()
            given = state.answer
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, *_: object) -> None:
            """Leave the output to the test."""

    with serving(Handler, tls) as url:
        state = Endpoint(url, answer)
        state.is_open.set()
        yield state
