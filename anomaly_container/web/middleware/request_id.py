"""The id of a request, and the headers that every response has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from anomaly_container.web.state import REQUEST_ID

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def give_common_headers(response: web.StreamResponse, request_id: str) -> None:
    """Add the headers that every response has, unless the response has already begun."""
    if not response.prepared:
        response.headers["apim-request-id"] = request_id
        response.headers["X-Content-Type-Options"] = "nosniff"


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Assign an id to the request, and add the common headers to its response."""
    request[REQUEST_ID] = request_id = str(uuid4())
    response = await handler(request)
    give_common_headers(response, request_id)
    return response
