"""Exporters of spans: to Application Insights, or to a collector by OTLP over HTTP.

Import this module only if telemetry is on: the libraries come with the extra `telemetry`. Each exporter has
its own library, and only one of the two may be installed.
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
"""The path of spans below the base URI of a collector."""

CONNECT_SECONDS: Final = 5.0
MAX_QUEUED_SPANS: Final = 2048
MAX_BATCH_SPANS: Final = 512
DELAY_MS: Final = 2000.0


def resource(service: str) -> Resource:
    """Return the resource of a service, named by the value of `Service=`."""
    # Not detected by the library: that would include the command line and its API key.
    return Resource(
        {
            "service.name": service,
            "service.version": __version__,
            "service.instance.id": platform.node(),
        }
    )


def processors(settings: TracingSettings) -> list[BatchSpanProcessor]:
    """Return a bounded queue with a thread that sends, for each configured receiver."""
    exporters: list[SpanExporter] = []
    if settings.ingestion:
        exporters.append(ReportingExporter("ApplicationInsights", _application_insights(*settings.ingestion)))
    if settings.collector:
        exporters.append(ReportingExporter("OpenTelemetry", _collector(settings, settings.collector)))
    return [_batched(exporter) for exporter in exporters]


def _batched(exporter: SpanExporter) -> BatchSpanProcessor:
    return BatchSpanProcessor(
        exporter,
        max_queue_size=MAX_QUEUED_SPANS,
        max_export_batch_size=MAX_BATCH_SPANS,
        schedule_delay_millis=DELAY_MS,
    )


def _application_insights(key: str, endpoint: str) -> SpanExporter:
    from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter  # noqa: PLC0415  # an extra

    # Without retries and without storage on disk: late or refused spans are dropped.
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
        # For all attempts together, which run on the thread of the queue.
        timeout=CONNECT_SECONDS,
        compression=Compression.Gzip,
        session=session,
    )


class ReportingExporter(SpanExporter):
    """Reports on the console when sending begins to fail, and when it works again.

    Parameters
    ----------
    receiver
        The name of the receiver.
    exporter
        The exporter that sends the spans.
    """

    def __init__(self, receiver: str, exporter: SpanExporter) -> None:
        self._receiver = receiver
        self._exporter = exporter
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans."""
        result = self._exporter.export(spans)
        fails = result is not SpanExportResult.SUCCESS
        if fails is not self._fails:
            self._fails = fails
            outcome = "cannot be sent" if fails else "is sent again"
            sys.stderr.write(f"Telemetry for {self._receiver} {outcome}.\n")
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()
