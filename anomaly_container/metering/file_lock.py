"""Locks that the kernel releases when their holder ends, even if it is killed."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def lock(descriptor: int) -> bool:
    """Lock an open file without waiting, and return whether that succeeded.

    The lock belongs to the open file description, not to the process. Processes forked later share it. A
    second opening of the same file, in this process or another, does not have it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, created if missing. The value is False if the lock is held elsewhere."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield lock(descriptor)
    finally:
        os.close(descriptor)
