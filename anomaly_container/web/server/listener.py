"""The listener: a bounded number of connections, a few more for probes, and TLS if there is a certificate."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.web.errors import nested_error
from anomaly_container.web.middleware import access_log
from anomaly_container.web.server import probe_connection
from anomaly_container.web.server.acceptor import SharedSite
from anomaly_container.web.server.certificates import certificate_of
from anomaly_container.web.server.connection import Connection, protocol_arguments
from anomaly_container.web.server.probe_connection import ProbeConnection
from anomaly_container.web.server.rejected_connection import RejectedConnection
from anomaly_container.web.server.tls_transport import TlsProtocol
from anomaly_container.web.state import BUFFERS

if TYPE_CHECKING:
    import asyncio
    import logging
    import ssl
    from collections.abc import Callable

    from anomaly_container.settings.base import ShellSettings
    from anomaly_container.web.errors import MakeError
    from anomaly_container.web.server.acceptor import SharedSockets
    from anomaly_container.web.server.buffers import Buffers
    from anomaly_container.web.server.certificates import Certificate
    from anomaly_container.web.server.connection_counts import CountedConnection, Share


class Listener(web.Server):
    """Makes the protocol of each accepted connection.

    Parameters
    ----------
    server
        The server of aiohttp, whose request handler is used.
    settings
        The limits of connections.
    certificate
        The certificate for TLS; None for plain HTTP.
    logger
        The logger for invalid HTTP.
    buffers
        The memory limit of the worker.
    error_answer
        Makes the response to an error that belongs to no route.
    share
        Where connections are counted for the other workers; None if there is only one.
    """

    def __init__(  # noqa: PLR0913  # each is a separate part of a connection
        self,
        server: web.Server,
        settings: ShellSettings,
        certificate: Certificate | None,
        logger: logging.Logger,
        *,
        buffers: Buffers,
        error_answer: MakeError,
        share: Share | None = None,
    ) -> None:
        super().__init__(
            server.request_handler,
            request_factory=server.request_factory,
            keepalive_timeout=settings.keep_alive_seconds,
            access_log=access_log.log if settings.request_log else None,
            access_log_class=access_log.RequestLog,
            logger=logger,
            **protocol_arguments(settings),
        )
        self._settings = settings
        self._certificate = certificate
        self._buffers = buffers
        self._error_answer = error_answer
        self._share = share
        self._open = 0
        self._rejections = 0
        self._probes: dict[int, Connection | TlsProtocol] = {}
        self._ids = count()

    def __call__(self) -> asyncio.BaseProtocol:  # type: ignore[override] # asyncio needs only a protocol
        """Return the protocol of a new connection."""
        context = None
        if self._certificate is not None:
            context = self._certificate.context()
            if context is None:
                return RejectedConnection(self._error_answer, is_logged=False, sends_response=False)
        if self._open < self._settings.max_connections:
            self._open += 1
            counted = self._share.open() if self._share else None
            on_lost = partial(self._connection_closed, counted)
            return self._protocol(Connection, on_lost, self._settings.head_seconds, context, counted)
        if len(self._probes) >= probe_connection.MAX_PROBE_CONNECTIONS and not self._free_probe_slot():
            return self._reject(sends_response=context is None)
        number = next(self._ids)
        self._probes[number] = self._protocol(
            ProbeConnection, partial(self._probe_closed, number), probe_connection.PROBE_SECONDS, context
        )
        return self._probes[number]

    def _protocol(
        self,
        kind: type[Connection],
        on_lost: Callable[[], None],
        seconds: float,
        context: ssl.SSLContext | None,
        counted: CountedConnection | None = None,
    ) -> Connection | TlsProtocol:
        """Return a connection, with TLS if there is a context; `seconds` limits handshake and head."""
        connection = kind(
            self,
            loop=self._loop,
            head_seconds=seconds,
            buffers=self._buffers,
            error_answer=self._error_answer,
            on_lost=on_lost if context is None else lambda: None,
            counted=counted,
            **self._kwargs,
        )
        if context is None:
            return connection
        return TlsProtocol(connection, context, seconds, self._buffers, on_lost)

    def _probe_closed(self, number: int) -> None:
        self._probes.pop(number, None)

    def _free_probe_slot(self) -> bool:
        """Close the probe connection that has been idle longest; return False if none is idle."""
        for number, protocol in self._probes.items():
            if probe_connection.reject_if_idle(protocol):
                del self._probes[number]
                return True
        return False

    def _reject(self, *, sends_response: bool) -> RejectedConnection:
        """Reject a connection; only a bounded number at a time get a response."""
        sends_response = sends_response and self._rejections < probe_connection.MAX_PROBE_CONNECTIONS
        self._rejections += sends_response
        return RejectedConnection(
            self._error_answer,
            is_logged=self._settings.request_log is not None,
            sends_response=sends_response,
            on_lost=self._rejection_ended if sends_response else None,
        )

    def _rejection_ended(self) -> None:
        self._rejections -= 1

    def _connection_closed(self, counted: CountedConnection | None) -> None:
        self._open -= 1
        if counted is not None:
            counted.close()


class Runner(web.AppRunner):
    """Runs an application behind a `Listener`.

    Parameters
    ----------
    app
        The application.
    settings
        The settings of the port.
    logger
        The logger for invalid HTTP.
    shutdown_timeout
        Seconds that running requests have at shutdown.
    error_answer
        Makes the response to an error that belongs to no route.
    shared
        The sockets that the runner listens on if it shares them with other workers; None if it gets sites.
    """

    __slots__ = ("_certificate", "_error_answer", "_logger", "_settings", "_shared")

    def __init__(  # noqa: PLR0913  # each is a separate part of a server
        self,
        app: web.Application,
        settings: ShellSettings,
        logger: logging.Logger,
        shutdown_timeout: float,
        error_answer: MakeError = nested_error,
        *,
        shared: SharedSockets | None = None,
    ) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout)
        self._settings = settings
        self._logger = logger
        self._certificate = certificate_of(settings)
        self._error_answer = error_answer
        self._shared = shared

    async def setup(self) -> None:
        """Make the server, and accept connections from the shared sockets."""
        await super().setup()
        if self._shared is not None:
            await SharedSite(self, self._shared).start()

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return Listener(
            server,
            self._settings,
            self._certificate,
            self._logger,
            buffers=self.app[BUFFERS],
            error_answer=self._error_answer,
            share=self._shared.share if self._shared else None,
        )
