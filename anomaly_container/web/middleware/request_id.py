"""The id of a request, and the headers that every response has."""

from __future__ import annotations

from random import getrandbits
from typing import TYPE_CHECKING, Final

from aiohttp import web
from multidict import istr

from anomaly_container.web.state import REQUEST_ID

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

# Their case is folded once, not for each response.
ID_HEADER: Final = istr("apim-request-id")
CONTENT_TYPE_OPTIONS: Final = istr("X-Content-Type-Options")
FIXED_BITS: Final = 0b1111 << 76 | 0b11 << 62
"""The bits of a UUID that its version and its variant fix."""
VERSION_4: Final = 4 << 76 | 0b10 << 62


def new_request_id() -> str:
    """Return a UUID of version 4.

    It names a request and protects nothing, so the bits do not come from the operating system, whose call
    takes longer than the rest. Python seeds the generator anew in a forked process.
    """
    bits = getrandbits(128) & ~FIXED_BITS | VERSION_4
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def give_common_headers(response: web.StreamResponse, request_id: str) -> None:
    """Add the headers that every response has, unless the response has already begun."""
    if not response.prepared:
        headers = response.headers
        headers[ID_HEADER] = request_id
        headers[CONTENT_TYPE_OPTIONS] = "nosniff"


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Assign an id to the request, and add the common headers to its response."""
    request[REQUEST_ID] = request_id = new_request_id()
    response = await handler(request)
    give_common_headers(response, request_id)
    return response
