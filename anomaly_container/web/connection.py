"""One connection: a head that must come in time, and answers in JSON to what is not HTTP."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from aiohttp.http_exceptions import BadHttpMessage, BadHttpMethod, LineTooLong
from aiohttp.web import RequestPayloadError
from aiohttp.web_protocol import RequestHandler

from anomaly_container.observability.lines import with_facts
from anomaly_container.web.answers import platform_answer, platform_octets
from anomaly_container.web.encryption import EXTRA
from anomaly_container.web.request_log import log_without_request
from anomaly_container.web.request_parser import IS_COMPILED, RequestParser
from anomaly_container.web.state import REQUEST_ID
from anomaly_container.web.trace import trace_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from aiohttp import web

    from anomaly_container.settings import Settings
    from anomaly_container.web.buffers import Buffers

TOO_MANY_HEADERS: Final = "Too many headers received"
"""What the parser says of them; it has no type of its own for that."""


def protocol_arguments(settings: Settings) -> dict[str, Any]:
    """Return how the server's side of a connection is to be set up."""
    return {
        # The parser would answer a broken encoding itself, and not in JSON.
        "auto_decompress": False,
        "max_line_size": settings.max_url_bytes,
        # Two different numbers, for by its number a limit is told from the other.
        "max_field_size": settings.max_header_bytes + (settings.max_header_bytes == settings.max_url_bytes),
        "max_headers": settings.max_headers,
        "lingering_time": settings.linger_seconds,
    }


class Connection(RequestHandler):
    """What the server knows of one client.

    Parameters
    ----------
    manager
        The server.
    head_seconds
        How long a client may take from the first byte of a request to the end of its headers.
    buffers
        What is told when the client does not take an answer.
    on_lost
        Called once when the connection is no more.
    arguments
        As the library takes them.
    """

    __slots__ = ("_buffers", "_head_deadline", "_head_seconds", "_on_lost", "_stalled", "answer_size")

    def __init__(
        self,
        manager: web.Server,
        *,
        head_seconds: float,
        buffers: Buffers,
        on_lost: Callable[[], None],
        **arguments: Any,  # noqa: ANN401  # they are the library's own
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
        self.answer_size = 0
        self._on_lost = on_lost
        self._head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, which tells when it has not sent all of an answer at once."""
        super().connection_made(transport)
        # An encrypted one tells it to what encrypts.
        if transport.get_extra_info(EXTRA) is None:
            cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """Note that the client does not take what is sent."""
        super().pause_writing()
        if self.transport is not None and self.transport.get_extra_info(EXTRA) is None:
            self._stalled = self.transport
            self._buffers.begin(self.transport, self.answer_size)

    def resume_writing(self) -> None:
        """Note that it has taken all of it."""
        super().resume_writing()
        self._note_end()

    def data_received(self, data: bytes) -> None:
        """Take bytes in, and set a deadline when they end within a head."""
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
        """Forget the client."""
        super().connection_lost(exc)
        self._note_end()
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None
        self._on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # the library's own words, which are not ours
    ) -> web.StreamResponse:
        """Log what went wrong outside of all handlers, and answer it.

        Raises
        ------
        ConnectionError
            When an answer has begun already.
        """
        number = request.get(REQUEST_ID) or str(uuid4())
        # What is no HTTP from its first byte on is common where strangers can connect.
        is_noise = self._request_count == 1 and isinstance(exc, BadHttpMethod)
        self.logger.log(
            logging.DEBUG if is_noise else logging.ERROR,
            "Request %s from %s failed",
            number,
            request.remote,
            exc_info=exc,
            extra=with_facts({"requestId": number, **trace_facts(request)}),
        )
        if request.writer.output_size > 0:
            raise ConnectionResetError
        return numbered(platform_answer(self._status_of(exc) if status == 400 else status), number)

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[None, None, tuple[web.StreamResponse, bool]]:
        """Send an answer; one that the library made outside of all handlers is put in our words."""
        if isinstance(resp, Exception):  # HTTPException, abstract, takes seven times as long
            resp = numbered(platform_answer(resp.status), str(uuid4()))
        body = getattr(resp, "_body", None)
        self.answer_size = len(body) if isinstance(body, bytes) else 0
        if self._buffers.are_full():
            return self._finish_later(request, resp, start_time)
        return super().finish_response(request, resp, start_time)

    async def _finish_later(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send it when those are gone that were given up to make room."""
        while self._buffers.are_full():  # noqa: ASYNC110  # they are gone in the next turn of the loop
            await asyncio.sleep(0)
        return await super().finish_response(request, resp, start_time)

    def _status_of(self, error: BaseException | None) -> int:
        if isinstance(error, LineTooLong):
            return 414 if error.args[1] == self.max_line_size else 431
        return 431 if isinstance(error, BadHttpMessage) and error.message == TOO_MANY_HEADERS else 400

    def _note_end(self) -> None:
        if self._stalled is not None:
            self._buffers.end(self._stalled)
            self._stalled = None

    def _awaits_head(self) -> bool:
        """Tell whether no request is worked on and none has come whole."""
        return self._waiter is not None and not self._waiter.done()

    def _give_up(self) -> None:
        self._head_deadline = None
        if self._awaits_head() and self.transport is not None:
            number = str(uuid4())
            self.transport.write(platform_octets(408, number))
            if self.access_logger is not None:
                log_without_request(408, number)
            self.force_close()


def numbered(response: web.Response, number: str) -> web.Response:
    """Give an answer the headers that all of them carry, and end its connection."""
    response.headers["apim-request-id"] = number
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.force_close()
    return response
