"""Where connections come in: so many at a time and a few for probes, encrypted if there is a certificate."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from aiohttp import web

from anomaly_container.web.errors import nested_error
from anomaly_container.web.middleware import access_log
from anomaly_container.web.server import probing
from anomaly_container.web.server.certificates import certificate_of
from anomaly_container.web.server.connection import Connection, protocol_arguments
from anomaly_container.web.server.probing import ProbeConnection
from anomaly_container.web.server.tls_transport import Encryption
from anomaly_container.web.state import BUFFERS

if TYPE_CHECKING:
    import logging
    import ssl
    from collections.abc import Callable

    from anomaly_container.settings.base import ShellSettings
    from anomaly_container.web.errors import MakeError
    from anomaly_container.web.server.buffers import Buffers
    from anomaly_container.web.server.certificates import Certificate

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
    buffers
        What the worker holds for its clients.
    error_answer
        The shape of an error that belongs to no route.
    """

    def __init__(  # noqa: PLR0913  # each is another part of a connection
        self,
        server: web.Server,
        settings: ShellSettings,
        certificate: Certificate | None,
        logger: logging.Logger,
        *,
        buffers: Buffers,
        error_answer: MakeError,
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
        self._open = 0
        self._farewells = 0
        self._probes: dict[int, Connection | Encryption] = {}
        self._numbers = count()

    def __call__(self) -> asyncio.BaseProtocol:  # type: ignore[override] # whoever listens asks for no more
        """Return the protocol of a new connection."""
        context = None
        if self._certificate is not None:
            context = self._certificate.context()
            if context is None:
                return TurnedAway(self._error_answer, is_logged=False, is_told=False)
        if self._open < self._settings.max_connections:
            self._open += 1
            return self._protocol(Connection, self._leave, self._settings.head_seconds, context)
        if len(self._probes) >= probing.PLACES and not self._make_place():
            return self._turn_away(is_told=context is None)
        number = next(self._numbers)
        self._probes[number] = self._protocol(
            ProbeConnection, partial(self._forget_probe, number), probing.SECONDS, context
        )
        return self._probes[number]

    def _protocol(
        self,
        kind: type[Connection],
        on_lost: Callable[[], None],
        seconds: float,
        context: ssl.SSLContext | None,
    ) -> Connection | Encryption:
        """Return a connection, or what encrypts it; a handshake and a head have so many seconds each."""
        connection = kind(
            self,
            loop=self._loop,
            head_seconds=seconds,
            buffers=self._buffers,
            error_answer=self._error_answer,
            on_lost=on_lost if context is None else lambda: None,
            **self._kwargs,
        )
        if context is None:
            return connection
        return Encryption(connection, context, seconds, self._buffers, on_lost)

    def _forget_probe(self, number: int) -> None:
        self._probes.pop(number, None)

    def _make_place(self) -> bool:
        """End the connection for probes that has been silent longest; tell whether there is one."""
        for number, protocol in self._probes.items():
            if probing.turn_away_if_silent(protocol):
                del self._probes[number]
                return True
        return False

    def _turn_away(self, *, is_told: bool) -> TurnedAway:
        """Tell so many at a time that there is no room; the others see their connection end."""
        is_told = is_told and self._farewells < probing.PLACES
        self._farewells += is_told
        return TurnedAway(
            self._error_answer,
            is_logged=self._settings.request_log is not None,
            is_told=is_told,
            on_lost=self._end_farewell if is_told else None,
        )

    def _end_farewell(self) -> None:
        self._farewells -= 1

    def _leave(self) -> None:
        self._open -= 1


class TurnedAway(asyncio.Protocol):
    """Tells a client that there is no room, and closes.

    Parameters
    ----------
    error_answer
        The shape of an error that belongs to no route.
    is_logged
        Whether what it is told is written into the log of requests.
    is_told
        Whether it is told anything: not where encryption is expected, for a handshake is the dearest part.
    on_lost
        Called once when the connection is no more.
    """

    def __init__(
        self,
        error_answer: MakeError,
        *,
        is_logged: bool,
        is_told: bool,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self._error_answer = error_answer
        self._is_logged = is_logged
        self._is_told = is_told
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and hang up, but give the client time to read: what it sends meanwhile would undo that."""
        connection = cast("asyncio.Transport", transport)  # those of uvloop inherit nothing
        if not self._is_told:
            connection.abort()
            return
        number = str(uuid4())
        connection.write(self._error_answer(503, "503", None).octets(number, probing.NOT_LONG))
        if self._is_logged:
            access_log.log_without_request(503, number)
        connection.write_eof()
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, connection.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # whatever ended it
        """Forget the client."""
        if self._on_lost is not None:
            self._on_lost()


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
    error_answer
        The shape of an error that belongs to no route.
    """

    __slots__ = ("_certificate", "_error_answer", "_logger", "_settings")

    def __init__(
        self,
        app: web.Application,
        settings: ShellSettings,
        logger: logging.Logger,
        shutdown_timeout: float,
        error_answer: MakeError = nested_error,
    ) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout)
        self._settings = settings
        self._logger = logger
        self._certificate = certificate_of(settings)
        self._error_answer = error_answer

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return Entrance(
            server,
            self._settings,
            self._certificate,
            self._logger,
            buffers=self.app[BUFFERS],
            error_answer=self._error_answer,
        )
