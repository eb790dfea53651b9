"""Whether telemetry of requests is sent, and whether it can be.

The libraries come with the extra `telemetry` and are imported only when telemetry is on.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings.base import ShellSettings
    from anomaly_container.settings.tracing import TracingSettings

MISSING: Final = (
    "{} needs libraries that are not here, and is sent nothing: pip install anomaly-container[telemetry]."
)
SPANS: Final = "opentelemetry.sdk"
LIBRARIES: Final = {
    "ApplicationInsights": (SPANS, "azure.monitor.opentelemetry.exporter"),
    "OpenTelemetry": (SPANS, "opentelemetry.exporter.otlp.proto.http"),
}
"""What each receiver needs, by the section of its settings."""
NOT_ASKED: Final = {
    "ApplicationInsights": {"instrumentation_key": None, "connection_string": None},
    "OpenTelemetry": {"collector": None},
}
"""The settings as they are without the receiver."""
SILENCED: Final = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
"""Variables that stop an exporter from reporting on itself and from asking its makers for settings."""
OF_OPENTELEMETRY: Final = "OTEL_"
"""How the variables begin that would add headers, resources and limits, or switch all of it off."""


def warnings_of(settings: TracingSettings) -> list[str]:
    """Return a sentence for each receiver that is asked for and is sent nothing, for want of libraries.

    Telemetry is no reason to stop the server: whoever misses it finds the sentence in the log.
    """
    return [MISSING.format(name) for name in _without_libraries(settings)]


def telemetry_of(settings: ShellSettings) -> Telemetry | None:
    """Return what sends telemetry, in the process that sends it; None if none is asked for or can be sent."""
    for name in _without_libraries(settings):
        settings = settings.model_copy(update=NOT_ASKED[name])
    if not (settings.ingestion or settings.collector):
        return None
    _leave_the_environment_out()
    from anomaly_container.observability.spans import Telemetry  # noqa: PLC0415  # an extra; the line above comes first

    return Telemetry(settings)


def _without_libraries(settings: TracingSettings) -> list[str]:
    asked = {"ApplicationInsights": settings.ingestion, "OpenTelemetry": settings.collector}
    return [
        name for name, libraries in LIBRARIES.items() if asked[name] and not all(map(_is_there, libraries))
    ]


def _is_there(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


def _leave_the_environment_out() -> None:
    """Take from the environment of this process what the libraries would go by besides the settings."""
    os.environ.update(dict.fromkeys(SILENCED, "true"))
    for name in [name for name in os.environ if name.startswith(OF_OPENTELEMETRY)]:
        del os.environ[name]
