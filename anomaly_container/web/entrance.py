"""Where connections come in: so many at a time, encrypted when there is a certificate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from aiohttp import web

from anomaly_container.web import request_log
from anomaly_container.web.answers import platform_octets
from anomaly_container.web.connection import Connection, protocol_arguments
from anomaly_container.web.encryption import Encryption
from anomaly_container.web.tls import certificate_of

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from anomaly_container.settings import Settings
    from anomaly_container.web.tls import Certificate

NOT_LONG: Final = {"Retry-After": "1"}
FAREWELL_SECONDS: Final = 1.0
"""How long one who is turned away may take to read why."""


class Entrance(web.Server):
    """Makes the protocol of each connection that comes in.

    Parameters
    ----------
    server
        The library's own, whose requests are handled here.
    settings
        How many may come in, and how long they may take.
    certificate
        What their connections are encrypted with; None for not at all.
    logger
        Where it is written down what was no HTTP.
    """

    def __init__(
        self,
        server: web.Server,
        settings: Settings,
        certificate: Certificate | None,
        logger: logging.Logger,
    ) -> None:
        super().__init__(
            server.request_handler,
            request_factory=server.request_factory,
            keepalive_timeout=settings.keep_alive_seconds,
            access_log=request_log.log if settings.request_log else None,
            access_log_class=request_log.RequestLog,
            logger=logger,
            **protocol_arguments(settings),
        )
        self._settings = settings
        self._certificate = certificate
        self._open = 0

    def __call__(self) -> asyncio.BaseProtocol:  # type: ignore[override] # whoever listens asks for no more
        """Return the protocol of a new connection."""
        if self._open >= self._settings.max_connections:
            return TurnedAway(
                is_encrypted=self._certificate is not None, is_logged=self._settings.request_log is not None
            )
        if self._certificate is None:
            self._open += 1
            return self._connection(self._leave)
        context = self._certificate.context()
        if context is None:
            return TurnedAway(is_encrypted=True, is_logged=False)
        self._open += 1
        return Encryption(self._connection(lambda: None), context, self._settings.head_seconds, self._leave)

    def _connection(self, on_lost: Callable[[], None]) -> Connection:
        return Connection(
            self, loop=self._loop, head_seconds=self._settings.head_seconds, on_lost=on_lost, **self._kwargs
        )

    def _leave(self) -> None:
        self._open -= 1


class TurnedAway(asyncio.Protocol):
    """Tells a client that there is no room, and closes.

    Parameters
    ----------
    is_encrypted
        Whether the client expects encryption: then it is told nothing, for a handshake is the dearest part.
    is_logged
        Whether what it is told is written into the log of requests.
    """

    def __init__(self, *, is_encrypted: bool, is_logged: bool) -> None:
        self._is_encrypted = is_encrypted
        self._is_logged = is_logged

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and hang up, but give the client time to read: what it sends meanwhile would undo that."""
        connection = cast("asyncio.Transport", transport)  # those of uvloop inherit nothing
        if self._is_encrypted:
            connection.abort()
            return
        number = str(uuid4())
        connection.write(platform_octets(503, number, NOT_LONG))
        if self._is_logged:
            request_log.log_without_request(503, number)
        connection.write_eof()
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, connection.abort)


class Runner(web.AppRunner):
    """Runs an application behind an `Entrance`.

    Parameters
    ----------
    app
        What answers.
    settings
        Who comes in, and how.
    logger
        Where it is written down what was no HTTP.
    shutdown_timeout
        Seconds that running requests have at the end.
    """

    __slots__ = ("_certificate", "_logger", "_settings")

    def __init__(
        self, app: web.Application, settings: Settings, logger: logging.Logger, shutdown_timeout: float
    ) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout)
        self._settings = settings
        self._logger = logger
        self._certificate = certificate_of(settings)

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return Entrance(server, self._settings, self._certificate, self._logger)
