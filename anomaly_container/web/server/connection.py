"""One connection: a deadline for the request head, and JSON error responses to invalid HTTP."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, cast

from aiohttp.http_exceptions import BadHttpMessage, BadHttpMethod, LineTooLong
from aiohttp.web import RequestPayloadError
from aiohttp.web_protocol import RequestHandler

from anomaly_container.observability.formatters import with_facts
from anomaly_container.web.errors import NOTHING
from anomaly_container.web.middleware.access_log import log_without_request
from anomaly_container.web.middleware.request_id import give_common_headers, new_request_id
from anomaly_container.web.middleware.tracing import trace_facts
from anomaly_container.web.server.request_parser import IS_COMPILED, RequestParser
from anomaly_container.web.server.tls_transport import TLS_EXTRA
from anomaly_container.web.state import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from aiohttp import web

    from anomaly_container.settings.server import ServerSettings
    from anomaly_container.web.errors import MakeError
    from anomaly_container.web.server.buffers import Buffers
    from anomaly_container.web.server.connection_counts import CountedConnection

TOO_MANY_HEADERS: Final = "Too many headers received"
"""The message of the parser, which has no exception type for this error."""


def protocol_arguments(settings: ServerSettings) -> dict[str, Any]:
    """Return the arguments of aiohttp's connection protocol."""
    return {
        # The parser would respond to a broken encoding itself, and not in JSON.
        "auto_decompress": False,
        "max_line_size": settings.max_url_bytes,
        # The two limits must differ: only the number tells which one was exceeded.
        "max_field_size": settings.max_header_bytes + (settings.max_header_bytes == settings.max_url_bytes),
        "max_headers": settings.max_headers,
        "lingering_time": settings.linger_seconds,
    }


class Connection(RequestHandler):
    """The connection of one client.

    Parameters
    ----------
    manager
        The server.
    head_seconds
        Seconds from the first byte of a request to the end of its headers.
    buffers
        The memory limit that unread responses count towards.
    on_lost
        Called once when the connection is closed.
    error_answer
        Makes the response to an error that belongs to no route.
    counted
        How the connection is counted for the other workers; None if it is not.
    arguments
        Passed to aiohttp.
    """

    __slots__ = (
        "_buffers",
        "_counted",
        "_error_answer",
        "_head_deadline",
        "_head_seconds",
        "_on_lost",
        "_stalled",
        "response_size",
    )

    def __init__(  # noqa: PLR0913  # each is a separate part of a connection
        self,
        manager: web.Server,
        *,
        head_seconds: float,
        buffers: Buffers,
        on_lost: Callable[[], None],
        error_answer: MakeError,
        counted: CountedConnection | None = None,
        **arguments: Any,  # noqa: ANN401  # passed to aiohttp
    ) -> None:
        super().__init__(manager, **arguments)
        if IS_COMPILED:
            self._parser = RequestParser(
                self,
                self._loop,
                self._read_bufsize,
                max_line_size=self.max_line_size,
                max_field_size=self.max_field_size,
                max_headers=self.max_headers,
                payload_exception=RequestPayloadError,
                auto_decompress=arguments["auto_decompress"],
                read_ahead=self._max_msg_queue_size,
            )
        self._head_seconds = head_seconds
        self._buffers = buffers
        self._stalled: asyncio.Transport | None = None
        self.response_size = 0
        self._on_lost = on_lost
        self._error_answer = error_answer
        self._counted = counted
        self._head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Set up the connection to report every response that it cannot send at once."""
        super().connection_made(transport)
        # With TLS the transport below reports it to `TlsProtocol`.
        if transport.get_extra_info(TLS_EXTRA) is None:
            cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """Handle a client that does not read the response."""
        super().pause_writing()
        if self.transport is not None and self.transport.get_extra_info(TLS_EXTRA) is None:
            self._stalled = self.transport
            self._buffers.add_unsent(self.transport, self.response_size)

    def resume_writing(self) -> None:
        """Handle a client that has read the response."""
        super().resume_writing()
        self._end_stall()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Read again; aiohttp asks for it after each read of a body, also if nothing was paused."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes, and set a deadline if they end within a request head."""
        if self._counted is not None:
            self._counted.use()
        super().data_received(data)
        if isinstance(self._parser, RequestParser) and self._parser.fault:
            super().data_received(b"")
        if self._awaits_head():
            if self._head_deadline is None:
                self._head_deadline = self._loop.call_later(self._head_seconds, self._give_up)
        elif self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release what belongs to the connection."""
        super().connection_lost(exc)
        self._end_stall()
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None
        self._on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # the response has our own text
    ) -> web.StreamResponse:
        """Log an error outside of all handlers, and return the response to it.

        Raises
        ------
        ConnectionError
            If a response has already begun.
        """
        request_id = request.get(REQUEST_ID) or new_request_id()
        # Bytes that are not HTTP at all are common on public ports.
        is_noise = self._request_count == 1 and isinstance(exc, BadHttpMethod)
        self.logger.log(
            logging.DEBUG if is_noise else logging.ERROR,
            "Request %s from %s failed",
            request_id,
            request.remote,
            exc_info=exc,
            extra=with_facts({"requestId": request_id, **trace_facts(request)}),
        )
        if request.writer.output_size > 0:
            raise ConnectionResetError
        return self.closing_response(self._status_of(exc) if status == 400 else status, request_id)

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[None, None, tuple[web.StreamResponse, bool]]:
        """Send a response; one that aiohttp made outside of all handlers is replaced by our own."""
        if isinstance(resp, Exception):  # a check for HTTPException takes seven times as long: it is abstract
            resp = self.closing_response(resp.status, new_request_id())
        body = getattr(resp, "_body", None)
        self.response_size = len(body) if isinstance(body, bytes) else 0
        if self._buffers.are_full():
            return self._finish_later(request, resp, start_time)
        return super().finish_response(request, resp, start_time)

    async def _finish_later(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the response when the aborted connections have released their memory."""
        while self._buffers.are_full():  # noqa: ASYNC110  # they are gone in the next iteration of the loop
            await asyncio.sleep(0)
        return await super().finish_response(request, resp, start_time)

    def closing_response(
        self, status: int, request_id: str, headers: Mapping[str, str] = NOTHING
    ) -> web.Response:
        """Return the response to an error without a route; it closes the connection."""
        response = self._error_answer(status, str(status), None).response(headers)
        give_common_headers(response, request_id)
        response.force_close()
        return response

    def _status_of(self, error: BaseException | None) -> int:
        if isinstance(error, LineTooLong):
            return 414 if error.args[1] == self.max_line_size else 431
        return 431 if isinstance(error, BadHttpMessage) and error.message == TOO_MANY_HEADERS else 400

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._buffers.remove_unsent(self._stalled)
            self._stalled = None

    def _awaits_head(self) -> bool:
        """Return whether no request is being handled and none is complete."""
        return self._waiter is not None and not self._waiter.done()

    def _give_up(self) -> None:
        self._head_deadline = None
        if self._awaits_head() and self.transport is not None:
            request_id = new_request_id()
            self.transport.write(self._error_answer(408, "408", None).octets(request_id))
            if self.access_logger is not None:
                log_without_request(408, request_id)
            self.force_close()
