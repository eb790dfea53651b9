"""OpenTelemetry spans of requests. Import this module only if telemetry is on: its library is an extra."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from anomaly_container import __version__
from anomaly_container.observability.exporters import processors, resource
from anomaly_container.observability.trace_context import SAMPLED

if TYPE_CHECKING:
    from anomaly_container.observability.trace_context import Caller
    from anomaly_container.settings.base import ShellSettings

FIRST_FAILURE: Final = 500
"""Lower statuses are errors of the client, which OpenTelemetry does not count as errors of the span."""


class Telemetry:
    """Sends a span for each request, through bounded queues with their own threads.

    Parameters
    ----------
    settings
        The settings, with at least one receiver.
    """

    def __init__(self, settings: ShellSettings) -> None:
        self._processors = processors(settings)
        # .NET clients send traces without the sampled flag; their spans are sent too.
        provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource(settings.service), shutdown_on_exit=False
        )
        for processor in self._processors:
            provider.add_span_processor(processor)
        self._tracer = provider.get_tracer("anomaly_container", __version__)

    def begin(self, method: str, route: str, operation: str, caller: Caller | None) -> RequestSpan:
        """Begin the span of a request.

        Parameters
        ----------
        method
            The HTTP method.
        route
            The path as it is documented, never as it was requested.
        operation
            The operation of the route; blank if it has none.
        caller
            The parent span; None to begin a trace.
        """
        attributes = {"http.request.method": method, "http.route": route}
        if operation:
            attributes["operation"] = operation
        began = time.time_ns()
        span = self._tracer.start_span(
            f"{method} {route}",
            context=_context_of(caller),
            kind=SpanKind.SERVER,
            attributes=attributes,
            start_time=began,
        )
        return RequestSpan(span, caller, began)

    def stop(self, seconds: float) -> None:
        """Send the queued spans; drop those that are not sent within the time."""
        # The timeout of the library does not cover the opening of a connection, and the processors must not
        # wait for each other.
        threads = [
            threading.Thread(target=processor.shutdown, name="telemetry end", daemon=True)
            for processor in self._processors
        ]
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class RequestSpan:
    """The span of one request, from its head until its response is ready.

    Attributes
    ----------
    trace_id, span_id
        The ids in the format of W3C Trace Context.
    caller
        The parent span; None if the span begins a trace.
    """

    __slots__ = ("_began", "_clock", "_span", "caller", "span_id", "trace_id")

    def __init__(self, span: Span, caller: Caller | None, began: int) -> None:
        context = span.get_span_context()
        self._span = span
        self._began = began
        self._clock = time.perf_counter_ns()
        self.caller = caller
        self.trace_id = f"{context.trace_id:032x}"
        self.span_id = f"{context.span_id:016x}"

    def header(self) -> str:
        """Return the value of `traceresponse`: the ids of trace and span."""
        return f"00-{self.trace_id}-{self.span_id}-{SAMPLED:02x}"

    def end(self, status: int) -> None:
        """Queue the span without blocking; a full queue drops a span."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= FIRST_FAILURE:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(StatusCode.ERROR)
        self._span.end(self._began + time.perf_counter_ns() - self._clock)


def _context_of(caller: Caller | None) -> Context:
    if caller is None:
        return Context()
    parent = SpanContext(
        int(caller.trace_id, 16),
        int(caller.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(SAMPLED if caller.is_sampled else 0),
        trace_state=TraceState(caller.state),
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())
