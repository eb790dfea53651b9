"""Endpoints that write what HTTP does not foresee, byte by byte where they are told to."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run an endpoint that handles each connection with a function until the other side has gone."""
    is_over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            answer(connection)

    def accept() -> None:
        handlers = []
        while not is_over.is_set():
            with suppress(TimeoutError):
                handlers.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                handlers[-1].start()
        for handler in handlers:
            handler.join()

    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            is_over.set()
            thread.join()


def saying(octets: bytes) -> Callable[[socket.socket], None]:
    """Read a request, write these bytes, and close."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(octets)

    return answer


def dripping(beginning: bytes, drop: bytes, seconds: float = 0.02) -> Callable[[socket.socket], None]:
    """Write a beginning, and then the same few bytes again and again until the other side has gone."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(beginning)
        connection.settimeout(seconds)
        while True:
            connection.sendall(drop)
            with suppress(TimeoutError):
                while connection.recv(65536):
                    pass
                return  # the other side has gone

    return answer
