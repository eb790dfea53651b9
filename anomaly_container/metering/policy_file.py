"""The file of the policy, mapped by all workers: a byte with a check, and three more words.

Each word has 8 bytes:

- the byte, and a check of 7 bytes over it and the inode of the file;
- the time of the next attempt, on the monotonic clock that all processes of a machine share;
- the time of the last confirmed record, in seconds since 1970;
- the time until which usage was collected, in milliseconds since 1970, and a check of 2 bytes.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
from contextlib import closing, suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.metering.owner import UNFINISHED, owner_of

if TYPE_CHECKING:
    from pathlib import Path

BYTE: Final = 0
DUE: Final = 1
SUCCESS: Final = 2
COLLECTED: Final = 3
"""The indices of the words."""
SIZE: Final = 32
REMOVED: Final = "was removed"
NOT_A_POLICY: Final = "is truncated or not a policy"
DAMAGED: Final = "is damaged or a copy"
OLD_SIZE: Final = 24
"""The size in bytes of a file of 0.1.0, which has no check."""


class PolicyFile:
    """One opening of the file.

    The file is created in a directory that does not belong to a container yet, and by `renew`. Afterwards it
    must exist: a worker that created one would read a file that no leader writes.

    Raises
    ------
    OSError
        If it does not exist, cannot be created, or has the wrong size.
    """

    NAME: Final = "policy"

    def __init__(self, directory: Path) -> None:
        self._path = directory / self.NAME
        descriptor = self._open(directory)
        try:
            self._file = os.fstat(descriptor)
            if self._file.st_size != SIZE:
                raise OSError(errno.EINVAL, f"the file '{self.NAME}' has the wrong size")
            self._memory = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        self._words = memoryview(self._memory).cast("Q")
        self._times = memoryview(self._memory).cast("d")

    def _open(self, directory: Path) -> int:
        with suppress(FileNotFoundError):
            return os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        if owner_of(directory) is None:
            _make(directory)
        return os.open(self._path, os.O_RDWR | os.O_NOFOLLOW)

    @classmethod
    def is_of_0_1_0(cls, directory: Path) -> bool:
        """Return whether the file is as version 0.1.0 left it, or does not exist."""
        try:
            return (directory / cls.NAME).lstat().st_size == OLD_SIZE
        except FileNotFoundError:
            return True

    def word(self, byte: int) -> int:
        """Return the first word of a file with a given byte."""
        return _word(self._file.st_ino, byte)

    def is_sound(self) -> bool:
        """Return whether the byte passes its check."""
        word = self._words[BYTE]
        return word == self.word(word & 0xFF)

    def is_in_place(self) -> bool:
        """Return whether the file is still the one that new workers open."""
        try:
            there = self._path.lstat()
        except OSError:
            return False
        own = self._file
        return (there.st_dev, there.st_ino, there.st_size) == (own.st_dev, own.st_ino, SIZE)

    def close(self) -> None:
        """Unmap the file."""
        self._words.release()
        self._times.release()
        self._memory.close()


def fault(directory: Path) -> str | None:
    """Return the fault of the policy of a directory that belongs to a container; None if it is sound.

    A file of 0.1.0 has no check. It is replaced at the next start.
    """
    if not os.path.lexists(directory / PolicyFile.NAME):
        return REMOVED if owner_of(directory) else None
    if PolicyFile.is_of_0_1_0(directory):
        return None
    try:
        opened = PolicyFile(directory)
    except OSError:
        return NOT_A_POLICY
    with closing(opened):
        return None if opened.is_sound() else DAMAGED


def renew(directory: Path) -> str | None:
    """Replace the policy unless it is sound, and return the fault of the one before.

    Call it before any worker maps the file.
    """
    reason = fault(directory)
    if reason or PolicyFile.is_of_0_1_0(directory):
        (directory / PolicyFile.NAME).unlink(missing_ok=True)
        _make(directory)
    return reason


def _make(directory: Path) -> None:
    unfinished = directory / f"{uuid4()}{UNFINISHED}"
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, SIZE)
        os.pwrite(descriptor, _word(os.fstat(descriptor).st_ino, 0).to_bytes(8, sys.byteorder), 0)
        with suppress(FileExistsError):  # another process was faster
            os.link(unfinished, directory / PolicyFile.NAME)
    finally:
        os.close(descriptor)
        unfinished.unlink()


def _word(inode: int, byte: int) -> int:
    octets = bytes([byte])
    check = blake2b(octets + inode.to_bytes(8, "little"), digest_size=7, person=b"policy").digest()
    return int.from_bytes(octets + check, "little")
