"""The settings that every service has.

Names have the form of the Azure container (`Section:Key`). They are not case-sensitive, and `__` may replace
`:`, which the name of an environment variable cannot contain.
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
    """The settings of the shell, which every service has, metered or not."""

    def missing_for_run(self) -> tuple[str, ...]:
        """Return one sentence for each setting without which the service cannot run, though its verbs can."""
        return ()

    def environment(self) -> dict[str, str]:
        """Return the environment variables from which `load` makes the same settings without a file."""
        values = spread(self.model_dump(by_alias=True, exclude_none=True))
        return {sources.CONFIG: sources.NO_FILE} | {
            name.replace(":", "__"): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in values.items()
        }


# The sections are repeated for the order of the fields.
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
    """The settings of a metered service; see docs/settings.md for each of them."""
