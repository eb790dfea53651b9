"""What carries spans to those who collect them: Application Insights, or a collector by OTLP over HTTP.

Imported only when telemetry is on: the libraries come with the extra `telemetry`, each wire with one of its
own, of which the other may not be there.
"""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Final

import requests
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from anomaly_container import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from anomaly_container.settings.tracing import TracingSettings

PATH: Final = "/v1/traces"
"""Where a collector takes spans, below its base URI."""

CONNECT_SECONDS: Final = 5.0
WAITING_SPANS: Final = 2048
SPANS_AT_ONCE: Final = 512
DELAY_MS: Final = 2000.0


def resource(service: str) -> Resource:
    """Return what sends: a service, by the word of `Service=`."""
    # Made by hand, for what the library finds out by itself includes the command line and its key.
    return Resource(
        {
            "service.name": service,
            "service.version": __version__,
            "service.instance.id": platform.node(),
        }
    )


def processors(settings: TracingSettings) -> list[BatchSpanProcessor]:
    """Return a bounded queue, with a thread that sends, for each of those who collect spans."""
    wires: list[SpanExporter] = []
    if settings.ingestion:
        wires.append(TellingExporter("ApplicationInsights", _application_insights(*settings.ingestion)))
    if settings.collector:
        wires.append(TellingExporter("OpenTelemetry", _collector(settings, settings.collector)))
    return [_batched(wire) for wire in wires]


def _batched(wire: SpanExporter) -> BatchSpanProcessor:
    return BatchSpanProcessor(
        wire,
        max_queue_size=WAITING_SPANS,
        max_export_batch_size=SPANS_AT_ONCE,
        schedule_delay_millis=DELAY_MS,
    )


def _application_insights(key: str, endpoint: str) -> SpanExporter:
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter  # noqa: PLC0415  # an extra

    # No retries and nothing kept on disk: what is late or refused is lost.
    return AzureMonitorTraceExporter(
        connection_string=f"InstrumentationKey={key};IngestionEndpoint={endpoint}",
        disable_offline_storage=True,
        timeout=CONNECT_SECONDS,
        retry_total=0,
    )


def _collector(settings: TracingSettings, endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: PLC0415  # an extra
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # as above

    session = requests.Session()
    session.trust_env = False
    return OTLPSpanExporter(
        endpoint=endpoint.rstrip("/") + PATH,
        certificate_file=str(settings.collector_ca_bundle or requests.utils.DEFAULT_CA_BUNDLE_PATH),
        headers=settings.headers_for_collector,
        # For all attempts together; they are made by the thread of the queue, and end with it.
        timeout=CONNECT_SECONDS,
        compression=Compression.Gzip,
        session=session,
    )


class TellingExporter(SpanExporter):
    """Says on the console when telemetry is refused, and when it is taken again.

    Parameters
    ----------
    receiver
        The name of who collects it.
    wire
        What carries it there.
    """

    def __init__(self, receiver: str, wire: SpanExporter) -> None:
        self._receiver = receiver
        self._wire = wire
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans."""
        result = self._wire.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails is not self._fails:
            self._fails = fails
            outcome = "cannot be sent" if fails else "is sent again"
            sys.stderr.write(f"Telemetry for {self._receiver} {outcome}.\n")
        return result

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._wire.shutdown()
