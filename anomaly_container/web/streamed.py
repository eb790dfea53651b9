"""Handlers of request bodies without bound, which answer piece by piece."""

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
    """Return a route's handler that passes the gate and answers piece by piece.

    Before the first piece of the answer an error has its own answer; after it the connection is cut.
    `Limits:BodySeconds` holds for each piece that comes and for each that the client takes. Nothing is
    counted here.

    Parameters
    ----------
    handler
        Yields the pieces of the answer, given the resources of the service, the pieces of the request body
        and the request.
    content_type
        The type of the answer, or a function that returns it for a request.
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
    """Begin a response without a known length, with the headers that all responses carry."""
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
    except Exception as error:  # noqa: BLE001  # whatever it is, the client must not take the answer for whole
        # Only the name: the text may quote what a client sent.
        log.warning("The answer to request %s was cut by %s.", request[REQUEST_ID], type(error).__name__)
        raise ConnectionResetError from None
    await response.write_eof()


async def send(response: web.StreamResponse, piece: bytes, seconds: float) -> None:
    """Send a piece, or cut the connection if the client does not take it in time.

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
