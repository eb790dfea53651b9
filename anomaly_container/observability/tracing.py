"""The switch for telemetry of requests.

The libraries come with the extra `telemetry` and are imported only if telemetry is on.
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
"""The libraries of each receiver, by the section of its settings."""
DISABLED: Final = {
    "ApplicationInsights": {"instrumentation_key": None, "connection_string": None},
    "OpenTelemetry": {"collector": None},
}
"""The values of the settings that turn a receiver off."""
SILENCED: Final = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
"""Variables that stop an exporter from sending statistics about itself and from fetching settings."""
OPENTELEMETRY_PREFIX: Final = "OTEL_"
"""The prefix of variables that would add headers, resources and limits, or turn telemetry off."""


def warnings_of(settings: TracingSettings) -> list[str]:
    """Return a warning for each receiver whose libraries are not installed.

    Missing telemetry does not stop the server; the warning is in the log.
    """
    return [MISSING.format(name) for name in _without_libraries(settings)]


def telemetry_of(settings: ShellSettings) -> Telemetry | None:
    """Return the telemetry of this process; None if no receiver is configured and usable."""
    for name in _without_libraries(settings):
        settings = settings.model_copy(update=DISABLED[name])
    if not (settings.ingestion or settings.collector):
        return None
    _clear_environment()
    from anomaly_container.observability.spans import Telemetry  # noqa: PLC0415  # an extra; the line above comes first

    return Telemetry(settings)


def _without_libraries(settings: TracingSettings) -> list[str]:
    enabled = {"ApplicationInsights": settings.ingestion, "OpenTelemetry": settings.collector}
    return [
        name
        for name, libraries in LIBRARIES.items()
        if enabled[name] and not all(map(_is_installed, libraries))
    ]


def _is_installed(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:  # the parent package is missing
        return False


def _clear_environment() -> None:
    """Remove the variables that would configure the libraries in addition to our settings."""
    os.environ.update(dict.fromkeys(SILENCED, "true"))
    for name in [name for name in os.environ if name.startswith(OPENTELEMETRY_PREFIX)]:
        del os.environ[name]
