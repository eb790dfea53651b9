"""A receiver of Fluentd's forward protocol, with the MessagePack of its makers to read what comes."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgpack

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator

SECONDS = 30.0


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@dataclass
class Forwarded:
    """What came: the octets, the messages, and the connections that were made."""

    port: int
    octets: bytearray = field(default_factory=bytearray)
    messages: list[list[Any]] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [entry for _, _, entry in self.messages]

    def texts(self) -> list[str]:
        return [entry["message"] for entry in self.entries]

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.texts())


@contextmanager
def receiving(port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Forwarded]:
    """A receiver on the loopback device that has stopped when the block ends."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                wire = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                forwarded.connections.append(wire)
                unpacker = msgpack.Unpacker()
                while octets := wire.recv(65536):
                    forwarded.octets += octets
                    unpacker.feed(octets)
                    forwarded.messages.extend(unpacker)
            except OSError:
                return  # a client that hangs up or trusts nobody

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", port), Handler) as server:
        forwarded = Forwarded(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield forwarded
        finally:
            server.shutdown()
            thread.join()
            for connection in forwarded.connections:
                connection.close()
