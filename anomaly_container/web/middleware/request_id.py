"""The id of a request, and the headers that every response has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from anomaly_container.web.state import REQUEST_ID

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def give_common_headers(response: web.StreamResponse, request_id: str) -> None:
    """Give a response the headers that all of them carry; one that has begun has them already."""
    if not response.prepared:
        response.headers["apim-request-id"] = request_id
        response.headers["X-Content-Type-Options"] = "nosniff"


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and its response the common headers."""
    request[REQUEST_ID] = request_id = str(uuid4())
    response = await handler(request)
    give_common_headers(response, request_id)
    return response
