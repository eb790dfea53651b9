"""Tracing: the trace that a request belongs to, and its span if telemetry is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from anomaly_container.observability.trace_context import caller_of
from anomaly_container.web.routing import MATCH
from anomaly_container.web.state import SPAN

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.observability.trace_context import Caller

OTHER_METHOD: Final = "_OTHER"
OTHER_ROUTE: Final = "other"
TRACE_RESPONSE: Final = "traceresponse"


def tracing(telemetry: Telemetry) -> Middleware:
    """Return the middleware that makes a span for every request and adds its id to the response."""

    @web.middleware
    async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
        # Unknown methods and paths are not passed on: a client may write anything there.
        match = request[MATCH]
        method = request.method if request.method in hdrs.METH_ALL else OTHER_METHOD
        operation = match.facts.get("operation", "")
        span = telemetry.begin(method, match.path or OTHER_ROUTE, operation, caller(request))
        request[SPAN] = span
        response = await handler(request)
        span.end(response.status)
        give_trace_header(response, request)
        return response

    return trace


def give_trace_header(response: web.StreamResponse, request: web.BaseRequest) -> None:
    """Add the header with the id of the span, unless the response has already begun."""
    span = request.get(SPAN)
    if span is not None and not response.prepared:
        response.headers[TRACE_RESPONSE] = span.header()


def caller(request: web.BaseRequest) -> Caller | None:
    """Return the span of the client from the headers of a request; None if there is none."""
    headers = request.headers
    if "traceparent" not in headers:
        return None
    return caller_of(headers.getall("traceparent"), headers.getall("tracestate", ()))


def trace_facts(request: web.BaseRequest) -> dict[str, str]:
    """Return the fields of the trace for the log; none if the request belongs to no trace.

    Without telemetry the request has no span of its own, only its client may have one.
    """
    span = request.get(SPAN)
    parent = span.caller if span else caller(request)
    facts: dict[str, str] = {}
    if span:
        facts |= {"traceId": span.trace_id, "spanId": span.span_id}
    elif parent:
        facts["traceId"] = parent.trace_id
    if parent:
        facts["parentSpanId"] = parent.span_id
    return facts
