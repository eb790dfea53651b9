"""Connections beyond those that may be open: places where a probe is answered and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.web.middleware.access_log import log_without_request
from anomaly_container.web.server.connection import Connection

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from aiohttp import web

    from anomaly_container.web.server.tls_transport import Encryption

PLACES: Final = 32
"""How many there are; a new one takes the place of the one that has been silent longest."""
SECONDS: Final = 1.0
"""How long one may take to say what it wants, and to read the answer."""
PROBED: Final = frozenset({"/livez", "/readyz", "/ready", "/status"})
NOT_LONG: Final = {"Retry-After": "1"}


class ProbeConnection(Connection):
    """A connection on which one question about health is answered, and anything else is turned away."""

    __slots__ = ("_answer", "_ends")

    def __init__(self, manager: web.Server, **arguments: Any) -> None:  # noqa: ANN401  # they are the library's own
        super().__init__(manager, **arguments)
        self._answer = manager.request_handler
        self._request_handler = self._answer_probe
        self._ends: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection for a short time."""
        super().connection_made(transport)
        self._ends = self._loop.call_later(SECONDS, self.turn_away)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the client."""
        if self._ends is not None:
            self._ends.cancel()
        super().connection_lost(exc)

    @property
    def is_silent(self) -> bool:
        """Whether it has not asked for anything; an encrypted one may not even have begun to."""
        return self.transport is None or self._awaits_head()

    def turn_away(self) -> None:
        """Tell a client that has not asked for anything that there is no room, and close."""
        transport = self.transport
        if transport is None:
            return
        if not self._awaits_head():
            # It waits for its answer, or does not read it.
            self._ends = self._loop.call_later(SECONDS, transport.abort)
            return
        number = str(uuid4())
        transport.write(self._error_answer(503, "503", None).octets(number, NOT_LONG))
        if self.access_logger is not None:
            log_without_request(503, number)
        self.force_close()

    async def _answer_probe(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.lower().rstrip("/") in PROBED and request.method in {"GET", "HEAD"}:
            response = await self._answer(request)
        else:
            response = self.final(503, str(uuid4()), NOT_LONG)
        response.force_close()
        return response


def turn_away_if_silent(protocol: Connection | Encryption) -> bool:
    """End one of these connections if it has not asked for anything, and tell whether that was so."""
    connection = protocol if isinstance(protocol, Connection) else protocol.server_side
    if not isinstance(connection, ProbeConnection) or not connection.is_silent:
        return False
    if isinstance(protocol, Connection):
        connection.turn_away()
    else:
        # In time for the next one: a farewell would have to be encrypted.
        protocol.connection.abort()
    return True
