"""Whether telemetry of requests is sent, and whether it can be.

The libraries come with the extra `telemetry` and are imported only when telemetry is on.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Final

from anomaly_container.settings import SettingsError

if TYPE_CHECKING:
    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings import Settings

MISSING: Final = "{} needs libraries that are not here: pip install anomaly-container[telemetry]."
INSIGHTS_LIBRARY: Final = "azure.monitor.opentelemetry.exporter"
COLLECTOR_LIBRARY: Final = "opentelemetry.exporter.otlp.proto.http"
SILENCED: Final = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
"""Variables that stop an exporter from reporting on itself and from asking its makers for settings."""
OF_OPENTELEMETRY: Final = "OTEL_"
"""How the variables begin that would add headers, resources and limits, or switch all of it off."""


def check_installed(settings: Settings) -> None:
    """Make sure that telemetry can be sent when it is asked for.

    Raises
    ------
    SettingsError
        When the libraries for it are not installed.
    """
    wanted = {
        "ApplicationInsights": (settings.ingestion, INSIGHTS_LIBRARY),
        "OpenTelemetry": (settings.collector, COLLECTOR_LIBRARY),
    }
    missing = [name for name, (asked, library) in wanted.items() if asked and not _is_there(library)]
    if missing:
        raise SettingsError([MISSING.format(name) for name in missing])


def _is_there(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


def telemetry_of(settings: Settings) -> Telemetry | None:
    """Return what sends telemetry, in the process that sends it; None when the settings do not ask for it."""
    if not (settings.ingestion or settings.collector):
        return None
    _leave_the_environment_out()
    from anomaly_container.observability.spans import Telemetry  # noqa: PLC0415  # an extra; the line above comes first

    return Telemetry(settings)


def _leave_the_environment_out() -> None:
    """Take from the environment of this process what the libraries would go by besides the settings."""
    os.environ.update(dict.fromkeys(SILENCED, "true"))
    for name in [name for name in os.environ if name.startswith(OF_OPENTELEMETRY)]:
        del os.environ[name]
