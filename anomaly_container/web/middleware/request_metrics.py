"""The metrics of every request."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability import metrics
from anomaly_container.web.errors import CODE
from anomaly_container.web.routing import MATCH
from anomaly_container.web.state import BUFFERS, HELD

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from prometheus_client import Gauge

    from anomaly_container.web.admission import Admission
    from anomaly_container.web.routing import Table

UNKNOWN_ROUTE: Final = "unknown"
"""The label of unknown paths: clients must not be able to create time series."""
OTHER_METHOD: Final = "other"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


FIRST_ERROR: Final = 400

# A lookup by labels costs as much as the increment, so each is cached.
_requests = cache(metrics.REQUESTS.labels)
_duration = cache(metrics.DURATION.labels)
_rejections = cache(metrics.REJECTIONS.labels)


class _DeferredGauge:
    """A gauge that is written in the next iteration of the event loop, and only if it has changed.

    Changes that cancel out within one iteration cost almost nothing.
    """

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._current = self._written = 0
        self._is_due = False

    def set(self, value: int) -> None:
        """Set the value."""
        self._current = value
        if not self._is_due and value != self._written:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._write)

    def add(self, step: int) -> None:
        """Add to the value."""
        self.set(self._current + step)

    def _write(self) -> None:
        self._is_due = False
        if self._current != self._written:
            self._written = self._current
            self._gauge.set(self._current)


def request_metrics(table: Table, admission: Admission) -> Middleware:
    """Return the middleware that counts every request, its duration and its error code.

    It also looks up the match of the request, since all others run within it.
    """
    in_flight, waiting = _DeferredGauge(metrics.IN_FLIGHT), _DeferredGauge(metrics.WAITING)

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        request[MATCH] = match = table.match(request)
        # A lookup of a key that a request does not have takes ten times as long as one that finds it.
        request[HELD] = 0
        in_flight.add(1)
        waiting.set(admission.admitted)
        try:
            response = await handler(request)
        finally:
            in_flight.add(-1)
            if request[HELD]:
                request.app[BUFFERS].release(request[HELD])
            waiting.set(admission.admitted)
        route = match.path or UNKNOWN_ROUTE
        method = request.method if request.method in METHODS else OTHER_METHOD
        _requests(route, method, response.status).inc()
        _duration(route).observe(time.perf_counter() - began)
        if response.status >= FIRST_ERROR and (code := response.get(CODE)):
            _rejections(code).inc()
        return response

    return measure
