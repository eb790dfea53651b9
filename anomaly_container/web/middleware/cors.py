"""Which web pages of other origins may use the server: none, unless they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.settings.access import AccessSettings
    from anomaly_container.web.routing import Table

SECONDS_TO_REMEMBER: Final = "600"
READABLE: Final = "apim-request-id, csp-billing-usage, model-id, Retry-After, traceresponse, x-ms-error-code"


def cors(settings: AccessSettings, table: Table) -> list[Middleware]:
    """Return what answers the preflight requests of browsers: nothing if no origin is named."""
    origins = frozenset((settings.cors_origins or "").split())
    return [_for_origins(origins, table)] if origins else []


def _for_origins(origins: frozenset[str], table: Table) -> Middleware:
    @web.middleware
    async def share(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        is_known = origin in origins
        # A browser asks beforehand without the key, and without a body.
        if is_known and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: web.StreamResponse = _permission(request, table.methods(table.match(request).service))
        else:
            response = await handler(request)
        response.headers.add("Vary", "Origin")
        if is_known and origin is not None:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = READABLE
        return response

    return share


def _permission(request: web.Request, methods: Sequence[str]) -> web.Response:
    wanted = request.headers.get("Access-Control-Request-Headers")
    headers = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Max-Age": SECONDS_TO_REMEMBER,
    }
    return web.Response(
        status=204, headers=headers | ({"Access-Control-Allow-Headers": wanted} if wanted else {})
    )
