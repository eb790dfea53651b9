"""The lock of a folder: what compares and replaces a file does both before another writer does."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import Unavailable
from anomaly_container.outbound.folder_tree import LOCK_FOLDER, LOCK_NAME, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
SHORTEST_WAIT: Final = 0.0002
LONGEST_WAIT: Final = 0.01


class FolderLock:
    """`state/.lock` in the folder, held by flock: the kernel frees it when its holder dies.

    Parameters
    ----------
    root
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = threading.Lock()

    @contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the lock, or raise `Unavailable` at the deadline, a time of the monotonic clock."""
        # The threads of one process wait for each other without asking the kernel again and again.
        if not self._threads.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Unavailable(message="The folder is locked by another writer.")
        try:
            with parent_of(self._root, f"{LOCK_FOLDER}/{LOCK_NAME}", make=True) as (folder, name):
                lock = os.open(name, LOCK_FLAGS, 0o666, dir_fd=folder)
            try:
                _lock(lock, deadline)
                yield
            finally:
                os.close(lock)
        finally:
            self._threads.release()


def _lock(lock: int, deadline: float) -> None:
    """Lock with a deadline, which flock itself does not have."""
    wait = SHORTEST_WAIT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_held = False
        else:
            is_held = True
        # A lock that comes late is of no use: the caller was told that nothing will be written.
        if time.monotonic() > deadline:
            raise Unavailable(message="The folder is locked by another writer.")
        if is_held:
            return
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
