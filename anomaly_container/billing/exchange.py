"""One request and its response, which the thread that waits for them can end at any moment."""

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
    """What one attempt has open, and the status it was answered with.

    Attributes
    ----------
    status
        The status in the first line of the response, as soon as that line is there, whatever follows it;
        None before.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._is_over = False

    def register(self, connection: socket.socket) -> socket.socket:
        """Return a connection after taking note of it.

        Raises
        ------
        TimeoutError
            If the exchange is over; the connection is closed and nothing goes through it.
        """
        with self._lock:
            if self._is_over:
                connection.close()
                raise TimeoutError
            # A second descriptor: the first passes to TLS, and may be closed and given to somebody else.
            self._connections.append(connection.dup())
        return connection

    def end(self) -> None:
        """Shut every connection, which wakes whoever waits for one; further ones are refused."""
        with self._lock:
            self._is_over = True
            for connection in self._connections:
                with suppress(OSError):  # the other side has closed it
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
            self._connections = []


def pool_classes(exchange: Exchange) -> dict[str, type[HTTPConnectionPool]]:
    """Return the pools of an exchange by scheme, as a pool manager of urllib3 has them."""

    class Response(http.client.HTTPResponse):
        """Tells the exchange its status before the headers are read."""

        def __init__(
            self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
        ) -> None:
            super().__init__(sock, debuglevel, method, url)
            self._is_told = method == METHOD  # the response of a proxy that makes a tunnel is none

        def _read_status(self) -> tuple[str, int, str]:
            read: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]  # typeshed has no private names
            if self._is_told:
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
