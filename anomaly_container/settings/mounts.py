"""Settings of the folders that are mounted into a container."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from anomaly_container.settings import sources
from anomaly_container.settings.section import Section
from anomaly_container.settings.validators import AbsolutePath


class MountsSettings(Section):
    """The folder of settings and the folder of state."""

    mounts_input: AbsolutePath = Field(Path("/input"), alias=sources.INPUT)
    mounts_output: AbsolutePath = Field(Path("/output"), alias="Mounts:Output")
