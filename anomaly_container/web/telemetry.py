"""What is told of each request to those who collect telemetry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from anomaly_container.observability.telemetry import Answered
from anomaly_container.web.routes import documented_path, operation_of

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.observability.telemetry import Telemetry

OTHER_METHOD: Final = "_OTHER"
OTHER_ROUTE: Final = "other"


def told_to(telemetry: Telemetry) -> Middleware:
    """Return the middleware that tells of every request when its answer is ready to be sent."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        began, clock = time.time_ns(), time.perf_counter_ns()
        response = await handler(request)
        # A client may write anything for a method and a path; only words of our own are passed on.
        route = documented_path(request) or OTHER_ROUTE
        telemetry.record(
            Answered(
                method=request.method if request.method in hdrs.METH_ALL else OTHER_METHOD,
                route=route,
                operation=operation_of(route),
                status=response.status,
                began=began,
                ended=began + time.perf_counter_ns() - clock,
            )
        )
        return response

    return tell
