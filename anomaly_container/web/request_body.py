"""Reading of a request body: bounded, with a deadline, and decompressed if necessary."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING, Final

from aiohttp import HttpVersion11, hdrs, web

from anomaly_container.web.errors import OverloadedError, UnreadableBodyError
from anomaly_container.web.state import AWAITS_CONTINUE, BODY_SECONDS, BUFFERS, HELD, SHELL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import StreamReader

COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})
UNCOMPRESSED: Final = frozenset({"", "identity"})
# zlib detects the format by its header.
GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
EXPECT_CONTINUE: Final = "100-continue"
MAX_DEFLATE_RATIO: Final = 1032
"""The largest number of bytes that one compressed byte can expand to."""
INFLATE_MILLISECONDS: Final = 3e-6
"""The longest time for one decompressed byte: 3.2 MB take 3 to 9 ms."""
PIECE_BYTES: Final = 1 << 16
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


async def postpone_continue(request: web.Request) -> None:
    """Postpone the reply to `Expect: 100-continue` until the body is read.

    Raises
    ------
    aiohttp.web.HTTPExpectationFailed
        If the client expects anything else; the header is ignored in HTTP/1.0.
    """
    if request.version < HttpVersion11:
        return
    expectations = {
        word.strip().lower() for line in request.headers.getall("Expect") for word in line.split(",")
    }
    if expectations - {"", EXPECT_CONTINUE}:
        raise web.HTTPExpectationFailed
    request[AWAITS_CONTINUE] = True


async def read_body(request: web.Request, max_bytes: int | None = None) -> bytes:
    """Return the body, whatever its Content-Type.

    Parameters
    ----------
    request
        The request.
    max_bytes
        The limit of the body, both as sent and decompressed; None for the limit of the settings.

    Raises
    ------
    aiohttp.web.HTTPRequestEntityTooLarge
        If the body is larger than the limit, as sent or decompressed.
    aiohttp.web.HTTPRequestTimeout
        If the body does not arrive in time.
    OverloadedError
        If the worker has no memory left for the body.
    UnreadableBodyError
        If the body is incomplete or does not have the encoding of its header.
    """
    limit = request.client_max_size if max_bytes is None else max_bytes
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    if _awaits_continue(request):
        await _continue(request)
    try:
        content = request.content
        body = _read_arrived(content, limit) if content.is_eof() else await _read_rest(request, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        raise UnreadableBodyError from None
    decoder = _decoder(request)
    if decoder is None:
        return body
    work = INFLATE_MILLISECONDS * min(limit, MAX_DEFLATE_RATIO * len(body))
    inflated = await request.app[SHELL].admission.run(work, _inflate, body, decoder, limit)
    _hold(request, len(inflated))
    return inflated


async def read_pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, decompressed if necessary, in pieces of at most 64 KiB.

    Parameters
    ----------
    request
        The request; the size of its body is not limited.

    Raises
    ------
    aiohttp.web.HTTPRequestTimeout
        If a piece does not arrive in time.
    UnreadableBodyError
        If the body is incomplete or does not have the encoding of its header.
    """
    decoder = _decoder(request)
    if _awaits_continue(request):
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


def _awaits_continue(request: web.Request) -> bool:
    # The header first: a lookup of a key that a request does not have takes ten times as long.
    return hdrs.EXPECT in request.headers and AWAITS_CONTINUE in request


async def _continue(request: web.Request) -> None:
    await request.writer.write(CONTINUE)
    request.writer.output_size = 0  # no part of the response has been sent yet


def _read_arrived(content: StreamReader, limit: int) -> bytes:
    """Return a body that is complete; a small one arrives with its head, and needs no deadline."""
    body = content.read_nowait()
    if len(body) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    return body


async def _read_rest(request: web.Request, limit: int) -> bytes:
    size, pieces = 0, []
    async with asyncio.timeout(request.app[BODY_SECONDS]):
        while piece := await request.content.readany():
            size += len(piece)
            if size > limit:
                raise web.HTTPRequestEntityTooLarge(limit)
            _hold(request, len(piece))
            pieces.append(piece)
    return b"".join(pieces)


def _hold(request: web.Request, size: int) -> None:
    """Reserve memory until the response is sent."""
    before = request[HELD]
    if not request.app[BUFFERS].reserve(size, before):
        raise OverloadedError
    request[HELD] = before + size


def _decoder(request: web.Request) -> zlib._Decompress | None:
    """Return the decompressor of the body; None if it is not compressed."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in UNCOMPRESSED:
        return None
    if encoding not in COMPRESSED:
        raise UnreadableBodyError
    return zlib.decompressobj(GZIP_OR_ZLIB)


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
