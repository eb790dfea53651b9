"""Telemetry of requests for Application Insights, through OpenTelemetry, where the operator asks for it.

The libraries come with the extra `telemetry` and are imported only when telemetry is on. What they
send of their own accord, to their makers, is switched off.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container import __version__
from anomaly_container.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    from anomaly_container.settings import Settings

SERVICE: Final = "anomalydetector"
EXPORTER: Final = "azure.monitor.opentelemetry.exporter"
MISSING: Final = (
    "ApplicationInsights needs libraries that are not here: pip install anomaly-container[telemetry]."
)
SILENCED: Final = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
"""Variables that stop the exporter from reporting on itself and from asking its makers for settings."""

CONNECT_SECONDS: Final = 5.0
WAITING_SPANS: Final = 2048
SPANS_AT_ONCE: Final = 512
DELAY_MS: Final = 2000.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What is told of one request.

    Attributes
    ----------
    method
        The method of HTTP, one that the server knows.
    route
        The path as it is documented, never as it was asked for.
    operation
        The kind of detection; empty for other pages.
    status
        The status of the answer.
    began, ended
        Nanoseconds since 1970.
    """

    method: str
    route: str
    operation: str
    status: int
    began: int
    ended: int


def check_installed(settings: Settings) -> None:
    """Make sure that telemetry can be sent when it is asked for.

    Raises
    ------
    SettingsError
        When the libraries for it are not installed.
    """
    if settings.ingestion is None:
        return
    try:
        is_there = importlib.util.find_spec(EXPORTER) is not None
    except ModuleNotFoundError:  # not even the package around it
        is_there = False
    if not is_there:
        raise SettingsError([MISSING])


def telemetry_of(settings: Settings) -> Telemetry | None:
    """Return what sends telemetry, in the process that sends it; None when the settings do not ask for it."""
    return Telemetry(*settings.ingestion) if settings.ingestion else None


class Telemetry:
    """Sends a span for each request, from a bounded queue, by a thread of its own.

    Parameters
    ----------
    key
        The instrumentation key.
    endpoint
        The URI to send to.
    """

    def __init__(self, key: str, endpoint: str) -> None:
        from opentelemetry.trace import SpanKind  # noqa: PLC0415  # an extra that may not be installed

        self._kind = SpanKind.SERVER
        self._provider = _provider(
            f"InstrumentationKey={key};IngestionEndpoint={endpoint}"  # whole: nothing from the environment
        )
        self._tracer = self._provider.get_tracer("anomaly_container", __version__)

    def record(self, answered: Answered) -> None:
        """Leave what is told of a request to be sent, without waiting; a full queue loses one."""
        attributes: dict[str, str | int] = {
            "http.request.method": answered.method,
            "http.route": answered.route,
            "http.response.status_code": answered.status,
        }
        if answered.operation:
            attributes["operation"] = answered.operation
        span = self._tracer.start_span(
            f"{answered.method} {answered.route}",
            kind=self._kind,
            attributes=attributes,
            start_time=answered.began,
        )
        span.end(answered.ended)

    def stop(self, seconds: float) -> None:
        """Send what waits; what takes longer than that is lost."""
        # The library's own limit does not hold while a connection is being made.
        thread = threading.Thread(target=self._provider.shutdown, name="telemetry end", daemon=True)
        thread.start()
        thread.join(seconds)


def _provider(connection_string: str) -> TracerProvider:
    os.environ.update(dict.fromkeys(SILENCED, "true"))
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # an extra that may not be installed
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # as above
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415  # as above

    # Made by hand, for what the library finds out by itself includes the command line and its key.
    resource = Resource(
        {
            "service.name": SERVICE,
            "service.version": __version__,
            "service.instance.id": platform.node(),
        }
    )
    provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(
            _exporter(connection_string),
            max_queue_size=WAITING_SPANS,
            max_export_batch_size=SPANS_AT_ONCE,
            schedule_delay_millis=DELAY_MS,
        )
    )
    return provider


def _exporter(connection_string: str) -> SpanExporter:
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter  # noqa: PLC0415  # an extra
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult  # noqa: PLC0415  # as above

    class TellingExporter(SpanExporter):
        """Says on the console when telemetry is refused, and when it is taken again."""

        def __init__(self) -> None:
            # No retries and nothing kept on disk: what is late or refused is lost.
            self._wire = AzureMonitorTraceExporter(
                connection_string=connection_string,
                disable_offline_storage=True,
                timeout=CONNECT_SECONDS,
                retry_total=0,
            )
            self._fails = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = self._wire.export(spans)
            fails = result is not SpanExportResult.SUCCESS
            if fails is not self._fails:
                self._fails = fails
                outcome = "cannot be sent" if fails else "is sent again"
                sys.stderr.write(f"Telemetry for ApplicationInsights {outcome}.\n")
            return result

        def shutdown(self) -> None:
            self._wire.shutdown()

    return TellingExporter()
