"""Handlers that read an unlimited request body and respond piece by piece."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from anomaly_container.web.middleware.request_id import give_common_headers
from anomaly_container.web.middleware.tracing import give_trace_header
from anomaly_container.web.request_body import read_pieces
from anomaly_container.web.state import BODY_SECONDS, REQUEST_ID, SHELL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

R = TypeVar("R")
log = logging.getLogger(__name__)


def streamed(
    handler: Callable[[R, AsyncIterator[bytes], web.Request], AsyncGenerator[bytes]],
    content_type: str | Callable[[web.Request], str],
) -> Callable[[R, web.Request], Awaitable[web.StreamResponse]]:
    """Return a route handler that checks the gate and responds piece by piece.

    An error before the first piece of the response gets an error response; a later one closes the connection.
    `Limits:BodySeconds` limits the time for each piece that is received and for each that is sent. Nothing is
    counted here.

    Parameters
    ----------
    handler
        Yields the pieces of the response, given the resources of the service, the pieces of the request body
        and the request.
    content_type
        The type of the response, or a function that returns it for a request.
    """

    async def handle(resources: R, request: web.Request) -> web.StreamResponse:
        request.app[SHELL].gate.check()
        pieces = handler(resources, read_pieces(request), request)
        try:
            first = await anext(pieces, b"")
            kind = content_type if isinstance(content_type, str) else content_type(request)
            response = await begin(request, kind)
            await _send_all(response, first, pieces, request)
        finally:
            await pieces.aclose()
        return response

    return handle


async def begin(request: web.Request, content_type: str) -> web.StreamResponse:
    """Begin a response of unknown length with the common headers."""
    response = web.StreamResponse(headers={"Content-Type": content_type})
    give_common_headers(response, request[REQUEST_ID])
    give_trace_header(response, request)
    await response.prepare(request)
    return response


async def _send_all(
    response: web.StreamResponse, first: bytes, pieces: AsyncGenerator[bytes], request: web.Request
) -> None:
    seconds = request.app[BODY_SECONDS]
    try:
        await send(response, first, seconds)
        async for piece in pieces:
            await send(response, piece, seconds)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001  # after any error the response must look incomplete
        # Only the type: the text may quote the request.
        log.warning("The answer to request %s was cut by %s.", request[REQUEST_ID], type(error).__name__)
        raise ConnectionResetError from None
    await response.write_eof()


async def send(response: web.StreamResponse, piece: bytes, seconds: float) -> None:
    """Send a piece; raise an exception if the client does not read it in time.

    Raises
    ------
    ConnectionError
        If the client is gone or does not read.
    """
    try:
        async with asyncio.timeout(seconds):
            await response.write(piece)
    except TimeoutError:
        raise ConnectionResetError from None
