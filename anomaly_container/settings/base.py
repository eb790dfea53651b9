"""The settings that every service has: their names, bounds and defaults.

Names are written as the Azure container writes them (`Section:Key`). Their case does not matter, and `__`
stands for `:` where a colon cannot be written.
"""

from __future__ import annotations

from pydantic import SecretStr

from anomaly_container.settings import sources
from anomaly_container.settings.access import AccessSettings
from anomaly_container.settings.licence import LicenceSettings
from anomaly_container.settings.logging import LoggingSettings
from anomaly_container.settings.metering import MeteringSettings
from anomaly_container.settings.mounts import MountsSettings
from anomaly_container.settings.names import spread
from anomaly_container.settings.server import ServerSettings
from anomaly_container.settings.tracing import TracingSettings


# Fields of the last base come first.
class ShellSettings(TracingSettings, LoggingSettings, MountsSettings, AccessSettings, ServerSettings):
    """The settings of the shell, which a service that is not metered has too."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which `load` makes these same settings, reading no file."""
        values = spread(self.model_dump(by_alias=True, exclude_none=True))
        return {sources.CONFIG: sources.NO_FILE} | {
            name.replace(":", "__"): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
        }


# The sections are named again for the order of the fields.
class CommonSettings(
    ShellSettings,
    TracingSettings,
    LoggingSettings,
    MountsSettings,
    MeteringSettings,
    AccessSettings,
    ServerSettings,
    LicenceSettings,
):
    """What every metered service runs with; see docs/settings.md for each of them."""
