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
    from prometheus_client import Counter, Histogram

UNKNOWN_ROUTE: Final = "unknown"
"""The route of a path that is not served: paths that anyone may invent must not each become a figure."""
OTHER_METHOD: Final = "other"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


# Looking up the figures of a route by its labels costs as much as counting: each is looked up once.
_figures: Final[dict[tuple[str, str, int], tuple[Counter, Histogram]]] = {}
_waiting: Final = {"shown": 0}


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request, how long it took and why it was refused."""
    began = time.perf_counter()
    engine = request.app[ENGINE]
    metrics.IN_FLIGHT.inc()
    _show_waiting(engine.admitted)
    try:
        response = await handler(request)
    finally:
        metrics.IN_FLIGHT.dec()
        _show_waiting(engine.admitted)
    route = documented_path(request) or UNKNOWN_ROUTE
    requests, duration = _figures_of(route, request.method, response.status)
    requests.inc()
    duration.observe(time.perf_counter() - began)
    reason = response.headers.get("x-ms-error-code")
    if reason is not None:
        metrics.REJECTIONS.labels(reason).inc()
    return response


def _figures_of(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    key = (route, method if method in METHODS else OTHER_METHOD, status)
    found = _figures.get(key)
    if found is None:
        found = _figures[key] = metrics.REQUESTS.labels(*key), metrics.DURATION.labels(route)
    return found


def _show_waiting(admitted: int) -> None:
    if admitted != _waiting["shown"]:
        _waiting["shown"] = admitted
        metrics.WAITING.set(admitted)
