"""What is counted of every request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability import metrics
from anomaly_container.web.routes import documented_path
from anomaly_container.web.state import ENGINE

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

UNKNOWN_ROUTE: Final = "unknown"
"""The route of a path that is not served: paths that anyone may invent must not each become a figure."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request, how long it took and why it was refused."""
    began = time.perf_counter()
    metrics.IN_FLIGHT.inc()
    metrics.WAITING.set(request.app[ENGINE].admitted)
    try:
        response = await handler(request)
    finally:
        metrics.IN_FLIGHT.dec()
        metrics.WAITING.set(request.app[ENGINE].admitted)
    route = documented_path(request) or UNKNOWN_ROUTE
    method = request.method if request.method in METHODS else "other"
    metrics.REQUESTS.labels(route, method, response.status).inc()
    metrics.DURATION.labels(route).observe(time.perf_counter() - began)
    reason = response.headers.get("x-ms-error-code")
    if reason is not None:
        metrics.REJECTIONS.labels(reason).inc()
    return response
