"""A file that is being written: nobody sees it before all of it is on the disk."""

from __future__ import annotations

import os
import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.errors import Changed, Unavailable
from anomaly_container.outbound.folder_errors import of_writing
from anomaly_container.outbound.folder_tree import DRAFT_PREFIX, etag_of, parent_of, regular

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.outbound.folder_lock import FolderLock

ABSENT: Final = ""
"""The condition that there is no file yet; otherwise a condition is an etag, or None."""

DRAFT_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OLD_SECONDS: Final = 3600.0
# Of file systems that keep times coarsely; FAT keeps every other second.
TICKS_NS: Final = (1_000, 1_000_000, 1_000_000_000, 2_000_000_000)


class Draft:
    """A file beside its target, with a name of its own until `publish`.

    Its methods block. They may be called from any thread, one after another; after `discard` each does
    nothing or raises `Unavailable`.

    Parameters
    ----------
    root, key
        The folder, and the key of the target.
    lock
        The lock of the folder.
    """

    def __init__(self, root: Path, key: str, lock: FolderLock) -> None:
        self._root = root
        self._key = key
        self._lock = lock
        self._turn = threading.Lock()
        self._name = f"{DRAFT_PREFIX}{uuid.uuid4().hex}"
        self._folder: int | None = None
        self._file: int | None = None
        self._is_over = False

    def write(self, piece: bytes | memoryview) -> None:
        """Append bytes."""
        with self._turn, of_writing():
            file, _ = self._begun()
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(file, rest) :]

    def publish(self, condition: str | None, deadline: float) -> str:
        """Give the file its name if the condition holds, and return its etag.

        Raises
        ------
        Changed
            If the condition does not hold.
        Unavailable
            If the disk refuses, or the deadline, a time of the monotonic clock, has passed.
        """
        with self._turn, of_writing():
            file, folder = self._begun()
            name = self._key.rpartition("/")[2]
            os.fsync(file)
            with self._lock.held(deadline):
                old = _old(name, folder)
                _check(condition, old)
                _date_after(file, old)
                etag = etag_of(os.fstat(file))
                os.rename(self._name, name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
            self._close()
            return etag

    def sweep(self) -> None:
        """Remove the drafts beside this one that a process left which died an hour ago or earlier."""
        with self._turn, of_writing():
            _, folder = self._begun()
            oldest = time.time() - OLD_SECONDS
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if entry.name.startswith(DRAFT_PREFIX)]
            for name in names:
                with suppress(OSError):
                    if regular(name, folder).st_mtime < oldest:
                        os.unlink(name, dir_fd=folder)

    def discard(self) -> None:
        """Remove the file unless it was published."""
        with self._turn:
            if self._folder is not None:
                with suppress(OSError):
                    os.unlink(self._name, dir_fd=self._folder)
            self._close()

    def _begun(self) -> tuple[int, int]:
        if self._is_over:
            raise Unavailable(message="The write was given up.")
        if self._file is None or self._folder is None:
            with parent_of(self._root, self._key, make=True) as (folder, _):
                self._folder = os.dup(folder)
            self._file = os.open(self._name, DRAFT_FLAGS, 0o666, dir_fd=self._folder)
        return self._file, self._folder

    def _close(self) -> None:
        self._is_over = True
        for descriptor in (self._file, self._folder):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._folder = None


def _old(name: str, folder: int) -> os.stat_result | None:
    try:
        return regular(name, folder)
    except FileNotFoundError:
        return None


def _check(condition: str | None, old: os.stat_result | None) -> None:
    if condition is None:
        return
    found = ABSENT if old is None else etag_of(old)
    if found != condition:
        raise Changed


def _date_after(file: int, old: os.stat_result | None) -> None:
    """Give the file a later time than the one that it replaces had.

    Two writes within one tick of the file system's clock would have one etag, and the second of two writers
    could undo what it never read.
    """
    if old is None:
        return
    now = os.fstat(file)
    for tick in TICKS_NS:
        if now.st_mtime_ns > old.st_mtime_ns:
            return
        os.utime(file, ns=(now.st_atime_ns, old.st_mtime_ns + tick))
        now = os.fstat(file)
    if now.st_mtime_ns <= old.st_mtime_ns:
        raise Unavailable(message="The file system keeps no times of change.")
