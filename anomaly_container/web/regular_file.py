"""Reading of regular files only: a pipe or a device might block or never end."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NOT_REGULAR = "Not a regular file"


def read_regular(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes from the beginning of a file.

    Raises
    ------
    OSError
        If it cannot be read or is not a regular file; neither the open nor the read blocks.
    """
    descriptor = _open(path)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit)


def regular_size(path: Path) -> int:
    """Return the size of a file.

    Raises
    ------
    OSError
        If it cannot be read or is not a regular file.
    """
    descriptor = _open(path)
    try:
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # Without O_NONBLOCK, opening a pipe waits for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, NOT_REGULAR)
