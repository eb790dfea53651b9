"""The base of every section of the settings."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict

# No pydantic plugins are used; the search for them reads the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Section(BaseModel):
    """A group of settings; a settings class inherits from its sections."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        # A process uses only one of the classes; building the others would slow down its start.
        defer_build=True,
    )
