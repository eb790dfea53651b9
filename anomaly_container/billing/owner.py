"""Whose metering directory it is: the name of a container, which stays the same as long as the directory."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE: Final = "instance"
UNFINISHED: Final = ".unfinished"
"""What the name of a file ends in until the file is whole."""


def owner_of(directory: Path) -> UUID | None:
    """Return the container that a directory belongs to; None before it belongs to one.

    Raises
    ------
    OSError
        If the file that says so cannot be read or is damaged.
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
    """Name the container; the name is there whole or not at all."""
    unfinished = directory / f"{INSTANCE}{UNFINISHED}"
    with unfinished.open("w", encoding="ascii") as file:
        file.write(f"{owner}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(directory / INSTANCE)
