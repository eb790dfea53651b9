"""The owner of a metering directory: the name of a container, the same for the life of the directory."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE: Final = "instance"
UNFINISHED: Final = ".unfinished"
"""The suffix of the name of a file until the file is complete."""


def owner_of(directory: Path) -> UUID | None:
    """Return the container that a directory belongs to; None before it belongs to one.

    Raises
    ------
    OSError
        If the file with its name cannot be read or is damaged.
    """
    try:
        text = (directory / INSTANCE).read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise OSError(errno.EINVAL, f"the file '{INSTANCE}' is damaged") from None


def write_owner(directory: Path, owner: UUID) -> None:
    """Write the name of the container, either whole or not at all."""
    unfinished = directory / f"{INSTANCE}{UNFINISHED}"
    with unfinished.open("w", encoding="ascii") as file:
        file.write(f"{owner}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(directory / INSTANCE)
