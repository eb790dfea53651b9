"""Locks that the kernel frees when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def lock(descriptor: int) -> bool:
    """Lock an open file without waiting; tell whether that succeeded.

    The lock belongs to the opening of the file, not to the process: it is shared with processes forked later,
    and a second opening of the same file, here or elsewhere, does not have it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, made when there is none; the value tells whether nobody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield lock(descriptor)
    finally:
        os.close(descriptor)
