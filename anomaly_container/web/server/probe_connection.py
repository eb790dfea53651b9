"""Connections beyond the limit, reserved for health probes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.web.middleware.access_log import log_without_request
from anomaly_container.web.server.connection import Connection

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from aiohttp import web

    from anomaly_container.web.server.tls_transport import TlsProtocol

MAX_PROBE_CONNECTIONS: Final = 32
"""The limit of these connections; a new one replaces the one that has been idle longest."""
PROBE_SECONDS: Final = 1.0
"""Seconds to send the request, and again to read the response."""
PROBE_PATHS: Final = frozenset({"/livez", "/readyz", "/ready", "/status"})
RETRY_AFTER: Final = {"Retry-After": "1"}


class ProbeConnection(Connection):
    """A connection that serves one health probe and rejects every other request."""

    __slots__ = ("_handle", "_timer")

    def __init__(self, manager: web.Server, **arguments: Any) -> None:  # noqa: ANN401  # passed to aiohttp
        super().__init__(manager, **arguments)
        self._handle = manager.request_handler
        self._request_handler = self._handle_probe
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection for a short time."""
        super().connection_made(transport)
        self._timer = self._loop.call_later(PROBE_SECONDS, self.reject)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request has come; with TLS the handshake may not have ended either."""
        return self.transport is None or self._awaits_head()

    def reject(self) -> None:
        """Respond with 503 to a client that has sent no request, and close."""
        transport = self.transport
        if transport is None:
            return
        if not self._awaits_head():
            # It waits for its response, or does not read it.
            self._timer = self._loop.call_later(PROBE_SECONDS, transport.abort)
            return
        request_id = str(uuid4())
        transport.write(self._error_answer(503, "503", None).octets(request_id, RETRY_AFTER))
        if self.access_logger is not None:
            log_without_request(503, request_id)
        self.force_close()

    async def _handle_probe(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.lower().rstrip("/") in PROBE_PATHS and request.method in {"GET", "HEAD"}:
            response = await self._handle(request)
        else:
            response = self.closing_response(503, str(uuid4()), RETRY_AFTER)
        response.force_close()
        return response


def reject_if_idle(protocol: Connection | TlsProtocol) -> bool:
    """Reject the client of a probe connection if it is idle; return whether it was."""
    connection = protocol if isinstance(protocol, Connection) else protocol.http_connection
    if not isinstance(connection, ProbeConnection) or not connection.is_idle:
        return False
    if isinstance(protocol, Connection):
        connection.reject()
    else:
        # At once, to make room for the next one: a response would need a handshake.
        protocol.connection.abort()
    return True
