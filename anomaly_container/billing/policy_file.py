"""The file of the policy: a byte that carries a check, and three words beside it, mapped by all workers.

The words, of 8 bytes each:

- the byte, and a check of 7 bytes over it and the inode of the file;
- when the next attempt is due, on the clock that all processes of a machine share;
- when the endpoint last confirmed a record, in seconds since 1970;
- until when usage was collected, in milliseconds since 1970, and a check of 2 bytes.
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

from anomaly_container.billing.owner import UNFINISHED, owner_of

if TYPE_CHECKING:
    from pathlib import Path

BYTE: Final = 0
DUE: Final = 1
SUCCESS: Final = 2
COLLECTED: Final = 3
"""The places of the words."""
SIZE: Final = 32
REMOVED: Final = "was removed"
NOT_A_POLICY: Final = "is truncated or not a policy"
DAMAGED: Final = "is damaged or a copy"
OLD_SIZE: Final = 24
"""The bytes of a file of 0.1.0, which has no check."""


class PolicyFile:
    """One opening of the file.

    It is made in a directory that belongs to no container yet, and by `renew`. Afterwards it must be there: a
    worker that made one would read a file that no leader writes.

    Raises
    ------
    OSError
        If it is not there, cannot be made, or has the wrong size.
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
        """Tell whether the file is as version 0.1.0 left it, or not there."""
        try:
            return (directory / cls.NAME).lstat().st_size == OLD_SIZE
        except FileNotFoundError:
            return True

    def word(self, byte: int) -> int:
        """Return what the file begins with when it holds a byte."""
        return _word(self._file.st_ino, byte)

    def is_sound(self) -> bool:
        """Tell whether the byte passes its check."""
        word = self._words[BYTE]
        return word == self.word(word & 0xFF)

    def is_in_place(self) -> bool:
        """Tell whether the file is still where new workers find it."""
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
    """Return what is wrong with the policy of a directory that belongs to a container; None if nothing is.

    One of 0.1.0 has no check, and is made anew at the next start.
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
    """Make a new policy unless there is a sound one, and return what is wrong with the one that was there.

    To be called before any worker maps it.
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
        with suppress(FileExistsError):  # another process was as fast
            os.link(unfinished, directory / PolicyFile.NAME)
    finally:
        os.close(descriptor)
        unfinished.unlink()


def _word(inode: int, byte: int) -> int:
    octets = bytes([byte])
    check = blake2b(octets + inode.to_bytes(8, "little"), digest_size=7, person=b"policy").digest()
    return int.from_bytes(octets + check, "little")
