"""A span of OpenTelemetry for each request. Imported only when telemetry is on: its library is an extra."""

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
"""Of answers below it the client is to blame: the conventions do not call these spans errors."""


class Telemetry:
    """Sends a span for each request, from bounded queues, by threads of their own.

    Parameters
    ----------
    settings
        Who collects them: at least one.
    """

    def __init__(self, settings: ShellSettings) -> None:
        self._processors = processors(settings)
        # Clients in .NET send a trace that nobody has asked to sample: theirs are told too.
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
            The method of HTTP, one that the server knows.
        route
            The path as it is documented, never as it was asked for.
        operation
            The kind of detection; empty for other pages.
        caller
            Whose trace it continues; None to begin one.
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
        """Send what waits; what takes longer than that is lost."""
        # The library's own limit does not hold while a connection is being made, and one must not wait for
        # the other.
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
    """The span of one request, from its head until its answer is ready.

    Attributes
    ----------
    trace_id, span_id
        As W3C Trace Context writes them.
    caller
        Whose trace it continues; None when it begins one.
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
        """Return the value of `traceresponse`: which span of which trace the request was."""
        return f"00-{self.trace_id}-{self.span_id}-{SAMPLED:02x}"

    def end(self, status: int) -> None:
        """Leave the span to be sent, without waiting; a full queue loses one."""
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
