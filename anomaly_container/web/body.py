"""The bytes of a request body: read whole, in time, inflated if the client deflated them."""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

from aiohttp import HttpVersion11, web

from anomaly_container.contract.errors import UNREADABLE_BODY
from anomaly_container.web.admission import OverloadedError
from anomaly_container.web.state import AWAITS_WORD, BODY_SECONDS, BUFFERS, ENGINE, HELD

DEFLATED: Final = frozenset({"gzip", "x-gzip", "deflate"})
NOT_DEFLATED: Final = frozenset({"", "identity"})
# The header of the data tells gzip from zlib.
EITHER_HEADER: Final = zlib.MAX_WBITS | 32
WAIT: Final = "100-continue"
LARGEST_GAIN: Final = 1032
"""As many bytes at most come out of one that is deflated."""
INFLATE_MILLISECONDS: Final = 3e-6
"""What a byte that comes out takes at most: 3.2 MB take 3 to 9 ms."""
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


async def put_off(request: web.Request) -> None:
    """Let a client that asked for it (`Expect: 100-continue`) wait until its body is wanted.

    Raises
    ------
    aiohttp.web.HTTPExpectationFailed
        When it asked for anything else; HTTP/1.0 knows no such header.
    """
    if request.version < HttpVersion11:
        return
    asked = {word.strip().lower() for line in request.headers.getall("Expect") for word in line.split(",")}
    if asked - {"", WAIT}:
        raise web.HTTPExpectationFailed
    request[AWAITS_WORD] = True


async def read_body(request: web.Request) -> bytes:
    """Return the body, whatever type the client says it has.

    Raises
    ------
    aiohttp.web.HTTPRequestEntityTooLarge
        When it is larger than the application allows, as sent or inflated.
    aiohttp.web.HTTPRequestTimeout
        When it does not come in time.
    OverloadedError
        When the worker has no room for it.
    ContractError
        When it is cut short or not in the encoding it claims.
    """
    limit = request.client_max_size
    if (request.content_length or 0) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    if AWAITS_WORD in request:
        await request.writer.write(CONTINUE)
        request.writer.output_size = 0  # nothing of the answer is out yet
    try:
        body = await _whole(request, limit)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):
        raise UNREADABLE_BODY.error() from None
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in NOT_DEFLATED:
        return body
    work = INFLATE_MILLISECONDS * min(limit, LARGEST_GAIN * len(body))
    inflated = await request.app[ENGINE].run(work, _inflate, body, encoding, limit)
    _hold(request, len(inflated))
    return inflated


async def _whole(request: web.Request, limit: int) -> bytes:
    content = request.content
    if not content.is_eof():
        async with asyncio.timeout(request.app[BODY_SECONDS]):
            return await _pieces(request, limit)
    # A small body is there with its head, and needs no clock.
    body = content.read_nowait()
    if len(body) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    return body


async def _pieces(request: web.Request, limit: int) -> bytes:
    """Read a body piece by piece, as far as the worker has room for it."""
    size, pieces = 0, []
    while piece := await request.content.readany():
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


def _inflate(body: bytes, encoding: str, limit: int) -> bytes:
    if encoding not in DEFLATED:
        raise UNREADABLE_BODY.error()
    decoder = zlib.decompressobj(EITHER_HEADER)
    try:
        inflated = decoder.decompress(body, limit + 1)
    except zlib.error:
        raise UNREADABLE_BODY.error() from None
    if len(inflated) > limit:
        raise web.HTTPRequestEntityTooLarge(limit)
    if not decoder.eof:
        raise UNREADABLE_BODY.error()
    return inflated
