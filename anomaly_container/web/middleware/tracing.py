"""What is told of each request to those who collect telemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from anomaly_container.web.routing import documented_path, operation_of
from anomaly_container.web.state import SPAN
from anomaly_container.web.trace import caller

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.observability.spans import Telemetry

OTHER_METHOD: Final = "_OTHER"
OTHER_ROUTE: Final = "other"
TRACE_RESPONSE: Final = "traceresponse"


def told_to(telemetry: Telemetry) -> Middleware:
    """Return the middleware that tells of every request, and tells its client which span it was."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        # A client may write anything for a method and a path; only words of our own are passed on.
        route = documented_path(request) or OTHER_ROUTE
        method = request.method if request.method in hdrs.METH_ALL else OTHER_METHOD
        span = telemetry.begin(method, route, operation_of(route), caller(request))
        request[SPAN] = span
        response = await handler(request)
        span.end(response.status)
        response.headers[TRACE_RESPONSE] = span.header()
        return response

    return tell
