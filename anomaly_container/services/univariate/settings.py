"""The settings of the univariate API: those that every service has."""

from __future__ import annotations

from typing import Final

from anomaly_container.settings.base import CommonSettings

SETTINGS: Final = CommonSettings
SECTION: Final = ""
"""It has no settings of its own."""
