"""The base of every section of the settings."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict

# No plugin of pydantic is used here. To look for one reads the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


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
