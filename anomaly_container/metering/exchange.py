"""One request and its response, which the waiting thread can end at any moment."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import suppress
from typing import Final

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

METHOD: Final = "POST"


class Exchange:
    """The open connections of one attempt and the status of its response.

    Attributes
    ----------
    status
        The status in the first line of the response, set as soon as that line is read, whatever follows it;
        None before.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._is_over = False

    def register(self, connection: socket.socket) -> socket.socket:
        """Record a connection and return it.

        Raises
        ------
        TimeoutError
            If the exchange is over. The connection is closed and nothing is sent through it.
        """
        with self._lock:
            if self._is_over:
                connection.close()
                raise TimeoutError
            # A duplicate: TLS takes over the first descriptor, which may then be closed and reused.
            self._connections.append(connection.dup())
        return connection

    def end(self) -> None:
        """Shut down all connections, which wakes the threads that wait for them, and refuse new ones."""
        with self._lock:
            self._is_over = True
            for connection in self._connections:
                with suppress(OSError):  # the peer has closed it
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._connections = []


def pool_classes(exchange: Exchange) -> dict[str, type[HTTPConnectionPool]]:
    """Return the pool classes of an exchange by scheme, as a pool manager of urllib3 expects them."""

    class Response(http.client.HTTPResponse):
        """A response that reports its status to the exchange before its headers are read."""

        def __init__(
            self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
        ) -> None:
            super().__init__(sock, debuglevel, method, url)
            self._counts = method == METHOD  # the response of a proxy to CONNECT does not count

        def _read_status(self) -> tuple[str, int, str]:
            read: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # typeshed has no private names
            if self._counts:
                exchange.status = read[1]
            return read

    class Plain(HTTPConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return exchange.register(super()._new_conn())

    class Encrypted(HTTPSConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return exchange.register(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}
