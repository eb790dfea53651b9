"""A connection beyond the limit, which gets a response, if any, and ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from anomaly_container.web.middleware import access_log
from anomaly_container.web.server import probe_connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.web.errors import MakeError

REJECTION_SECONDS: Final = 1.0
"""Seconds that a rejected client has to read the response."""


class RejectedConnection(asyncio.Protocol):
    """Responds with 503, if at all, and closes the connection.

    Parameters
    ----------
    error_answer
        Makes the response.
    is_logged
        Whether the response is written to the request log.
    sends_response
        Whether the client gets a response. With TLS it does not: a handshake is too expensive.
    on_lost
        Called once when the connection is closed.
    """

    def __init__(
        self,
        error_answer: MakeError,
        *,
        is_logged: bool,
        sends_response: bool,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self._error_answer = error_answer
        self._is_logged = is_logged
        self._sends_response = sends_response
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the response, and close after a pause: to close at once could reset the connection."""
        connection = cast("asyncio.Transport", transport)  # transports of uvloop have no common base
        if not self._sends_response:
            connection.abort()
            return
        request_id = str(uuid4())
        connection.write(
            self._error_answer(503, "503", None).octets(request_id, probe_connection.RETRY_AFTER)
        )
        if self._is_logged:
            access_log.log_without_request(503, request_id)
        connection.write_eof()
        asyncio.get_running_loop().call_later(REJECTION_SECONDS, connection.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the cause does not matter
        """Report that the connection is closed."""
        if self._on_lost is not None:
            self._on_lost()
