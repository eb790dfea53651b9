"""To which trace a request belongs, by what its client says and by the span that it has here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.observability.trace_context import caller_of
from anomaly_container.web.state import SPAN

if TYPE_CHECKING:
    from aiohttp import web

    from anomaly_container.observability.trace_context import Caller


def caller(request: web.BaseRequest) -> Caller | None:
    """Return the span of the client from the headers of a request, if they tell of one."""
    headers = request.headers
    if "traceparent" not in headers:
        return None
    return caller_of(headers.getall("traceparent"), headers.getall("tracestate", ()))


def trace_facts(request: web.BaseRequest) -> dict[str, str]:
    """Return what a line of the log tells of the trace: nothing when there is none.

    Without telemetry the request has no span of its own, only one of its client above it.
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
