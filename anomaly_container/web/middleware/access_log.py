"""The request log: one line for each response, if the setting is on.

aiohttp calls the logger when the last byte of a response is sent, or cannot be sent. From the client a line
has only the ids of its trace and the length of its body.
"""

from __future__ import annotations

import logging
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from anomaly_container.observability.formatters import with_facts
from anomaly_container.observability.logging import REQUESTS
from anomaly_container.web.errors import CODE
from anomaly_container.web.middleware.request_metrics import METHODS, OTHER_METHOD, UNKNOWN_ROUTE
from anomaly_container.web.middleware.tracing import trace_facts
from anomaly_container.web.routing import MATCH, NO_FACTS
from anomaly_container.web.state import BEGAN, FACTS

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

log: Final = logging.getLogger(REQUESTS)


@web.middleware
async def note_begin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Record when a request begins: aiohttp measures in whole milliseconds."""
    request[BEGAN] = perf_counter()
    return await handler(request)


class RequestLog(AbstractAccessLogger):
    """Writes the line of a request, with the same labels as the metrics."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line of a request that took so many seconds."""
        if not log.isEnabledFor(logging.INFO):
            return
        method = request.method if request.method in METHODS else OTHER_METHOD
        # Without a match the request never reached the lookup of its path.
        match = request.get(MATCH)
        route = UNKNOWN_ROUTE if match is None else match.path or UNKNOWN_ROUTE
        if BEGAN in request:
            time = perf_counter() - request[BEGAN]
        facts: dict[str, object] = {
            "requestId": response.headers.get("apim-request-id", ""),
            "method": method,
            "route": route,
        }
        if match is not None:
            facts |= match.facts
        facts["status"] = response.status
        code = response.get(CODE)
        if code is not None:
            facts["errorCode"] = code
        facts["durationMs"] = round(time * 1000, 3)
        if request.content_length is not None:
            facts["contentLength"] = request.content_length
        facts |= request.get(FACTS, NO_FACTS)
        if isinstance(sys.exception(), ConnectionError):
            facts["disconnected"] = True
        facts |= trace_facts(request)
        log.info("%s %s %d", method, route, response.status, extra=with_facts(facts))


def log_without_request(status: int, request_id: str) -> None:
    """Write the line of a response that was sent before a request was complete."""
    facts = {"requestId": request_id, "status": status, "errorCode": str(status)}
    log.info("no request %d", status, extra=with_facts(facts))
