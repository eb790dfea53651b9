"""What is counted of every request."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability import metrics
from anomaly_container.web.errors import CODE
from anomaly_container.web.state import BUFFERS, HELD

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from prometheus_client import Gauge

    from anomaly_container.web.admission import Admission
    from anomaly_container.web.routing import Table

UNKNOWN_ROUTE: Final = "unknown"
"""The route of a path that is not served: paths that anyone may invent must not each become a figure."""
OTHER_METHOD: Final = "other"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


# Looking up a figure by its labels costs as much as counting: each is looked up once.
_requests = cache(metrics.REQUESTS.labels)
_duration = cache(metrics.DURATION.labels)
_rejections = cache(metrics.REJECTIONS.labels)


class _Shown:
    """A gauge that is written when the event loop comes round, and only if it has changed.

    What begins and ends within one turn of the loop is not seen by anybody, and costs next to nothing.
    """

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._now = self._written = 0
        self._is_due = False

    def set(self, value: int) -> None:
        """Take the value of this moment."""
        self._now = value
        if not self._is_due and value != self._written:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._write)

    def add(self, step: int) -> None:
        """Take one more or one less."""
        self.set(self._now + step)

    def _write(self) -> None:
        self._is_due = False
        if self._now != self._written:
            self._written = self._now
            self._gauge.set(self._now)


def request_metrics(table: Table, admission: Admission) -> Middleware:
    """Return the middleware that counts every request, how long it took and why it was refused."""
    in_flight, waiting = _Shown(metrics.IN_FLIGHT), _Shown(metrics.WAITING)

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        in_flight.add(1)
        waiting.set(admission.admitted)
        try:
            response = await handler(request)
        finally:
            in_flight.add(-1)
            if HELD in request:
                request.app[BUFFERS].give_back(request[HELD])
            waiting.set(admission.admitted)
        route = table.match(request).path or UNKNOWN_ROUTE
        method = request.method if request.method in METHODS else OTHER_METHOD
        _requests(route, method, response.status).inc()
        _duration(route).observe(time.perf_counter() - began)
        code = response.get(CODE)
        if code is not None:
            _rejections(code).inc()
        return response

    return measure
