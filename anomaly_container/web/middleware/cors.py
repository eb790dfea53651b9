"""Cross-origin requests, from the origins of the settings only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.web.routing import MATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.settings.access import AccessSettings
    from anomaly_container.web.routing import Table

MAX_AGE_SECONDS: Final = "600"
EXPOSED_HEADERS: Final = (
    "apim-request-id, csp-billing-usage, model-id, Retry-After, traceresponse, x-ms-error-code"
)


def cors(settings: AccessSettings, table: Table) -> list[Middleware]:
    """Return the middleware for CORS; none if the settings name no origin."""
    origins = frozenset((settings.cors_origins or "").split())
    return [_for_origins(origins, table)] if origins else []


def _for_origins(origins: frozenset[str], table: Table) -> Middleware:
    @web.middleware
    async def allow_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        is_known = origin in origins
        # A preflight request has no access key and no body.
        if is_known and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: web.StreamResponse = _preflight_response(request, table.methods(request[MATCH].service))
        else:
            response = await handler(request)
        response.headers.add("Vary", "Origin")
        if is_known and origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        return response

    return allow_origins


def _preflight_response(request: web.Request, methods: Sequence[str]) -> web.Response:
    requested_headers = request.headers.get("Access-Control-Request-Headers")
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Max-Age": MAX_AGE_SECONDS,
    }
    return web.Response(
        status=204,
        headers=headers | ({"Access-Control-Allow-Headers": requested_headers} if requested_headers else {}),
    )
