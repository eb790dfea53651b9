"""One line of the log for each answer, when the operator asks for it.

The library's own access log calls this when the last byte of an answer is out, or cannot be. A line holds
words and numbers of our own, and of the client nothing but the ids of its trace and a length.
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
    """Note when a request begins: the clock of the loop counts whole milliseconds."""
    request[BEGAN] = perf_counter()
    return await handler(request)


class RequestLog(AbstractAccessLogger):
    """Writes the line of a request; its words are those of the metrics."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line of a request that took so many seconds."""
        if not log.isEnabledFor(logging.INFO):
            return
        method = request.method if request.method in METHODS else OTHER_METHOD
        # Without a match it never got to where paths are looked at.
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
    """Write the line of an answer that went out before a request was whole."""
    facts = {"requestId": request_id, "status": status, "errorCode": str(status)}
    log.info("no request %d", status, extra=with_facts(facts))
