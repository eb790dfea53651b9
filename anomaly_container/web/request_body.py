"""The bytes of a request body: read whole, in time, inflated if the client deflated them."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion11, web

from anomaly_container.web.errors import OverloadedError, UnreadableBodyError
from anomaly_container.web.state import AWAITS_CONTINUE, BODY_SECONDS, BUFFERS, HELD, SHELL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DEFLATED: Final = frozenset({"gzip", "x-gzip", "deflate"})
NOT_DEFLATED: Final = frozenset({"", "identity"})
# The header of the data tells gzip from zlib.
EITHER_HEADER: Final = zlib.MAX_WBITS | 32
WAIT: Final = "100-continue"
LARGEST_GAIN: Final = 1032
"""As many bytes at most come out of one that is deflated."""
INFLATE_MILLISECONDS: Final = 3e-6
"""What a byte that comes out takes at most: 3.2 MB take 3 to 9 ms."""
PIECE_BYTES: Final = 1 << 16
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


async def postpone_continue(request: web.Request) -> None:
    """Let a client that sent `Expect: 100-continue` wait until its body is wanted.

    Raises
    ------
    aiohttp.web.HTTPExpectationFailed
        If it expects anything else; HTTP/1.0 knows no such header.
    """
    if request.version < HttpVersion11:
        return
    asked = {word.strip().lower() for line in request.headers.getall("Expect") for word in line.split(",")}
    if asked - {"", WAIT}:
        raise web.HTTPExpectationFailed
    request[AWAITS_CONTINUE] = True


async def read_body(request: web.Request, max_bytes: int | None = None) -> bytes:
    """Return the body, whatever type the client says it has.

    Parameters
    ----------
    request
        The request.
    max_bytes
        The largest body, as sent and inflated; None for the limit of the settings.

    Raises
    ------
    aiohttp.web.HTTPRequestEntityTooLarge
        When it is larger than the application allows, as sent or inflated.
    aiohttp.web.HTTPRequestTimeout
        When it does not come in time.
    OverloadedError
        When the worker has no room for it.
    UnreadableBodyError
        When it is cut short or not in the encoding it claims.
    """
    limit = request.client_max_size if max_bytes is None else max_bytes
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    if AWAITS_CONTINUE in request:
        await _continue(request)
    try:
        body = await _whole(request, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        raise UnreadableBodyError from None
    decoder = _decoder(request)
    if decoder is None:
        return body
    work = INFLATE_MILLISECONDS * min(limit, LARGEST_GAIN * len(body))
    inflated = await request.app[SHELL].admission.run(work, _inflate, body, decoder, limit)
    _hold(request, len(inflated))
    return inflated


async def read_pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes, in pieces of at most 64 KiB, inflated if the client deflated it.

    Parameters
    ----------
    request
        The request; its body has no bound.

    Raises
    ------
    aiohttp.web.HTTPRequestTimeout
        If a piece does not come in time.
    UnreadableBodyError
        If the body is cut short or not in the encoding that it claims.
    """
    decoder = _decoder(request)
    if AWAITS_CONTINUE in request:
        await _continue(request)
    try:
        while piece := await _next_piece(request):
            if decoder is None:
                yield piece
                continue
            while piece:
                inflated = decoder.decompress(piece, PIECE_BYTES)
                piece = decoder.unconsumed_tail
                if inflated:
                    yield inflated
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError, zlib.error):
        raise UnreadableBodyError from None
    if decoder is not None and not decoder.eof:
        raise UnreadableBodyError


async def _next_piece(request: web.Request) -> bytes:
    async with asyncio.timeout(request.app[BODY_SECONDS]):
        return await request.content.read(PIECE_BYTES)


async def _continue(request: web.Request) -> None:
    await request.writer.write(CONTINUE)
    request.writer.output_size = 0  # nothing of the answer is out yet


async def _whole(request: web.Request, limit: int) -> bytes:
    content = request.content
    if content.is_eof():
        # A small body is there with its head, and needs no clock.
        body = content.read_nowait()
        if len(body) > limit:
            raise web.HTTPRequestEntityTooLarge(limit)
        return body
    size, pieces = 0, []
    async with asyncio.timeout(request.app[BODY_SECONDS]):
        while piece := await content.readany():
            size += len(piece)
            if size > limit:
                raise web.HTTPRequestEntityTooLarge(limit)
            _hold(request, len(piece))
            pieces.append(piece)
    return b"".join(pieces)


def _hold(request: web.Request, size: int) -> None:
    """Count bytes that are kept until the request is answered."""
    before = request.get(HELD, 0)
    if not request.app[BUFFERS].take(size, before):
        raise OverloadedError
    request[HELD] = before + size


def _decoder(request: web.Request) -> zlib._Decompress | None:
    """Return what inflates the body, None if it is not deflated."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in NOT_DEFLATED:
        return None
    if encoding not in DEFLATED:
        raise UnreadableBodyError
    return zlib.decompressobj(EITHER_HEADER)


def _inflate(body: bytes, decoder: zlib._Decompress, limit: int) -> bytes:
    try:
        inflated = decoder.decompress(body, limit + 1)
    except zlib.error:
        raise UnreadableBodyError from None
    if len(inflated) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    if not decoder.eof:
        raise UnreadableBodyError
    return inflated
