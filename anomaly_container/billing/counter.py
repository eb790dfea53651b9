"""One worker's counts, in a small file mapped into memory that outlives the worker."""

from __future__ import annotations

import errno
import mmap
import os
import stat
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.billing.counter_layout import (
    AWAITED,
    FACTOR,
    HEADER,
    LENGTH,
    NOT_A_COUNTER,
    SENDING,
    SIZE,
    Contents,
    decode,
    encode,
)
from anomaly_container.billing.file_birth import birth_of
from anomaly_container.billing.kernel_send import KernelSend
from anomaly_container.billing.locks import lock
from anomaly_container.billing.meters import Meter
from anomaly_container.billing.owner import UNFINISHED, owner_of
from anomaly_container.billing.strange import StrangeFileError, report_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    Reader = Callable[[Path, int], Contents]

SUFFIX: Final = ".counter"
CELL: Final = "Q"
"""A machine word of 8 bytes: stored and loaded whole, so that a reader never sees half of a value."""
LOOKS: Final = 3
"""How often a file that is being written is looked at before it fails its check."""
FOREIGN: Final = "belongs to another container"
COPIED: Final = "is a copy"
_NOT_A_FILE: Final = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})


class Counter:
    """The cumulative counts of one worker, and the response under way.

    The file is locked for as long as the counter is open or its process lives. What was added survives the
    death of the process by any signal, because the memory is the kernel's.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, SIZE)
        self._cells = memoryview(self._memory)[HEADER:SENDING].cast(CELL)
        self._kernel = KernelSend(self._memory, SENDING)

    @classmethod
    def open(cls, directory: Path) -> Counter:
        """Make a counter of its own for this process; to be called after the fork.

        Raises
        ------
        OSError
            If the directory takes no file: it is gone, or the disk is full, for instance.
        """
        owner, file = owner_of(directory), uuid4()
        path = directory / f"{file}{SUFFIX}"
        unfinished = directory / f"{path.name}{UNFINISHED}"
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Space is claimed now: a store into a page that a full disk cannot hold would kill the process.
            os.posix_fallocate(descriptor, 0, SIZE)
            os.pwrite(descriptor, encode(file, owner, _place_of(descriptor)), 0)
            lock(descriptor)
            os.fsync(descriptor)
            # Under its own name a file is always whole and locked: found unlocked, it is a dead worker's.
            unfinished.rename(path)
        except OSError:
            os.close(descriptor)
            unfinished.unlink(missing_ok=True)
            raise
        return cls(path, descriptor)

    def add(self, meter: Meter, amount: int) -> None:
        """Add to one meter by one store; only one thread of a process may do so."""
        self._cells[meter] += FACTOR * amount

    def deliver(self, descriptor: int, octets: bytes, amounts: Mapping[Meter, int]) -> int:
        """Send the end of an answer and count the answer: both or neither, whatever ends the process.

        What the counts are to be is written down first. The kernel then takes the bytes and notes it in this
        file within one system call, and that note is what counts if the process ends before the next store.

        Parameters
        ----------
        descriptor
            A connected socket.
        octets
            All that is left of the answer.
        amounts
            What the answer adds, by meter.

        Returns
        -------
        int
            How many bytes the kernel took; unless it is all of them nothing is counted.

        Raises
        ------
        OSError
            When the connection is broken; nothing is counted.
        """
        cells = self._cells
        cells[LENGTH] = 0
        for meter in Meter:
            cells[AWAITED + meter] = cells[meter] + FACTOR * amounts.get(meter, 0)
        self._kernel.clear()
        cells[LENGTH] = len(octets)
        sent = self._kernel.send(descriptor, octets)
        if sent == len(octets):
            for meter in amounts:
                cells[meter] = cells[AWAITED + meter]
        cells[LENGTH] = 0
        return sent

    def is_in_place(self) -> bool:
        """Tell whether the file is still where counts are collected from."""
        try:
            there, own = self.path.lstat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return (there.st_dev, there.st_ino, there.st_size) == (own.st_dev, own.st_ino, SIZE)

    def close(self) -> None:
        """Let go of the file, which stays until its counts are collected."""
        self._cells.release()
        self._memory.close()
        os.close(self._descriptor)


def read_counter(path: Path) -> tuple[int, ...]:
    """Return the counts in a file, by meter.

    Those of an abandoned file include its last answer, if that went out.

    Raises
    ------
    StrangeFileError
        If it is not what a worker wrote under this name.
    OSError
        If the file cannot be opened or read.
    """
    with _opened(path) as descriptor:
        return _read(path, descriptor).counts


def read_counters(directory: Path) -> dict[str, tuple[int, ...]]:
    """Return the counts of every sound counter in the directory, by file name and meter, and log the others.

    Raises
    ------
    OSError
        When one cannot be read, for it must not pass for one that is gone.
    """
    return _sound(directory, _read)


def own_counters(directory: Path) -> dict[str, tuple[int, ...]]:
    """Return what `read_counters` does, but for files of another container and copies of whole files.

    Raises
    ------
    OSError
        As `read_counters` does.
    """
    return _sound(directory, partial(_read_own, owner_of(directory)))


def strange_counters(directory: Path) -> dict[str, str]:
    """Return by file name why nothing is billed from a file that `own_counters` leaves out.

    Raises
    ------
    OSError
        As `read_counters` does.
    """
    examined = _examined(directory, partial(_read_own, owner_of(directory)))
    return {path.name: str(found) for path, found in examined if isinstance(found, StrangeFileError)}


def is_abandoned(path: Path) -> bool:
    """Tell whether no process has the file's counter open any more."""
    with _opened(path) as descriptor:
        return lock(descriptor)


def _sound(directory: Path, read: Reader) -> dict[str, tuple[int, ...]]:
    counts = {}
    for path, found in _examined(directory, read):
        if isinstance(found, StrangeFileError):
            report_once(path, str(found))
        else:
            counts[path.name] = found.counts
    return counts


def _examined(directory: Path, read: Reader) -> Iterator[tuple[Path, Contents | StrangeFileError]]:
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        try:
            with _opened(path) as descriptor:
                yield path, read(path, descriptor)
        except StrangeFileError as error:
            yield path, error


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a counter file, and nothing that only bears such a name: a link, a folder, a pipe."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NOT_A_FILE:
            raise StrangeFileError(NOT_A_COUNTER) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StrangeFileError(NOT_A_COUNTER)
        yield descriptor
    finally:
        os.close(descriptor)


def _read(path: Path, descriptor: int) -> Contents:
    # In this order: only a file that nobody writes any more tells how its last sending ended.
    abandoned = lock(descriptor)
    # Reading copies what a worker may be storing: half a store fails the check, and the next look is sound.
    for _ in range(LOOKS - 1):
        with suppress(StrangeFileError):
            return decode(os.pread(descriptor, SIZE + 1, 0), path.stem, is_abandoned=abandoned)
    return decode(os.pread(descriptor, SIZE + 1, 0), path.stem, is_abandoned=abandoned)


def _place_of(descriptor: int) -> tuple[int, int]:
    return os.fstat(descriptor).st_ino, birth_of(descriptor)


def _read_own(owner: UUID | None, path: Path, descriptor: int) -> Contents:
    contents = _read(path, descriptor)
    if contents.owner not in {None, owner}:
        raise StrangeFileError(FOREIGN)
    if contents.place not in {None, _place_of(descriptor)}:
        raise StrangeFileError(COPIED)
    return contents
