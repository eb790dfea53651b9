"""Readers of the counts of all workers and services."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.counter_header import LARGEST, NOT_A_COUNTER
from anomaly_container.metering.counter_layout import SUFFIX, TOTAL_SUFFIX, Contents, decode, name_of
from anomaly_container.metering.file_birth import place_of
from anomaly_container.metering.file_lock import lock
from anomaly_container.metering.owner import owner_of
from anomaly_container.metering.strange import StrangeFileError, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    Reader = Callable[[Path, int], Contents]

LOOKS: Final = 3
"""Reads of a file that is being written before it fails its check."""
FOREIGN: Final = "belongs to another container"
COPIED: Final = "is a copy"
_NOT_A_FILE: Final = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})


def read_counter(path: Path) -> dict[str, int]:
    """Return the counts in a file, by meter.

    The counts of an abandoned file include its last response, if it was sent.

    Raises
    ------
    StrangeFileError
        If the content is not what was written under this name.
    OSError
        If the file cannot be opened or read.
    """
    with opened(path) as descriptor:
        return read(path, descriptor).counts


def read_counters(directory: Path) -> dict[str, dict[str, int]]:
    """Return the counts of all sound files in the directory, by file name and meter, and log the others.

    Raises
    ------
    OSError
        If a file cannot be read: it must not be mistaken for a removed one.
    """
    return _sound(directory, read)


def own_counters(directory: Path) -> dict[str, dict[str, int]]:
    """Return the counts as `read_counters` does, without files of other containers and copies of files.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    return _sound(directory, partial(read_own, owner_of(directory)))


def strange_counters(directory: Path) -> dict[str, str]:
    """Return the reason why `own_counters` leaves out a file, by file name.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    examined = _examined(directory, partial(read_own, owner_of(directory)))
    return {path.name: str(found) for path, found in examined if isinstance(found, StrangeFileError)}


def is_abandoned(path: Path) -> bool:
    """Return whether no process has the counter of a file open any more."""
    with opened(path) as descriptor:
        return lock(descriptor)


def _sound(directory: Path, reader: Reader) -> dict[str, dict[str, int]]:
    counts = {}
    for path, found in _examined(directory, reader):
        if isinstance(found, StrangeFileError):
            report(path, found)
        else:
            counts[path.name] = found.counts
    return counts


def _examined(directory: Path, reader: Reader) -> Iterator[tuple[Path, Contents | StrangeFileError]]:
    for path in sorted([*directory.glob(f"*{SUFFIX}"), *directory.glob(f"*{TOTAL_SUFFIX}")]):
        try:
            with opened(path) as descriptor:
                yield path, reader(path, descriptor)
        except StrangeFileError as error:
            yield path, error


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a counter file, but not a link, folder or pipe with such a name.

    Raises
    ------
    StrangeFileError
        If it is not a regular file.
    OSError
        If it cannot be opened.
    """
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


def read(path: Path, descriptor: int) -> Contents:
    """Return the content of an open file.

    Raises
    ------
    StrangeFileError
        If the content is not what was written under this name.
    """
    # In this order: the end of the last send is final only if no process writes the file any more. Totals are
    # not sent, and the lock of their file belongs to the process that raises them.
    abandoned = path.suffix == SUFFIX and lock(descriptor)
    # A worker may store while the file is read. Half a store fails the check, and the next read succeeds.
    for _ in range(LOOKS - 1):
        with suppress(StrangeFileError):
            return decode(octets_of(descriptor), name_of(path), is_abandoned=abandoned)
    return decode(octets_of(descriptor), name_of(path), is_abandoned=abandoned)


def read_own(owner: UUID | None, path: Path, descriptor: int) -> Contents:
    """Return the content of an open file that belongs to a container.

    Raises
    ------
    StrangeFileError
        If `read` raises it, the file belongs to another container, or it is a copy.
    """
    contents = read(path, descriptor)
    if contents.owner not in {None, owner}:
        raise StrangeFileError(FOREIGN)
    if contents.place not in {None, place_of(descriptor)}:
        raise StrangeFileError(COPIED)
    return contents


def octets_of(descriptor: int) -> bytes:
    """Return the bytes of an open file, at most one more than `LARGEST`."""
    return os.pread(descriptor, LARGEST + 1, 0)
