"""A metering endpoint and a proxy on loopback that do as they are told and remember what they saw."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Reply:
    """What to answer; a status of 0 closes the connection without a word."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


LOST = Reply(0)


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def record(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


@dataclass
class Endpoint:
    """Replies are used up in order; the last of them is for all further requests."""

    address: str
    replies: list[Reply]
    seen: list[Seen] = field(default_factory=list)


@contextmanager
def endpoint(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """Run an endpoint; it answers 200 unless told otherwise."""

    class Handler(_Quiet):
        def do_POST(self) -> None:
            state.seen.append(self.request_seen())
            reply = state.replies.pop(0) if len(state.replies) > 1 else state.replies[0]
            if reply.status:
                self.answer(reply)

        do_GET = do_POST  # noqa: N815  # the name of the base class; clients that follow redirects come with it

    scheme = "https" if tls else "http"
    with _running(Handler, tls) as port:
        state = Endpoint(f"{scheme}://127.0.0.1:{port}", list(replies) or [Reply()])
        yield state


@contextmanager
def proxy() -> Iterator[Endpoint]:
    """Run a proxy that answers plain requests itself and tunnels the others."""

    class Handler(_Quiet):
        def do_POST(self) -> None:
            state.seen.append(self.request_seen())
            self.answer(Reply())

        def do_CONNECT(self) -> None:
            state.seen.append(self.request_seen())
            host, _, port = self.path.partition(":")
            with socket.create_connection((host, int(port)), timeout=5) as target:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pump, args=(target, self.connection))
                back.start()
                _pump(self.connection, target)
                back.join()

    with _running(Handler, None) as port:
        state = Endpoint(f"http://127.0.0.1:{port}", [])
        yield state


class _Quiet(BaseHTTPRequestHandler):
    timeout = 5

    def request_seen(self) -> Seen:
        length = int(self.headers.get("Content-Length", 0))
        return Seen(self.command, self.path, dict(self.headers), self.rfile.read(length))

    def answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Write nothing: what matters is remembered."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Write nothing about clients that hang up, as some of these tests make them."""


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None) -> Iterator[int]:
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            # The handshake is for the thread of the connection, not for the one that accepts.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
