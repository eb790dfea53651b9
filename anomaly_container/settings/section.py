"""The base of every section of the settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Fields that belong together; a settings class has its sections as bases."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        # A process uses one class of all; to build the others takes milliseconds of its start.
        defer_build=True,
    )
