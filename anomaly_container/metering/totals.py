"""Cumulative totals of work that a service counts in its own durable state.

The service stores the total of its work for this container with its state, in one atomic write. After the
write, and at start with the stored total, it raises the totals here to that value. The files `<source>.total`
have the layout of a counter, and the leader collects their growth. The call at start makes up for a crash
between the write and the call. A repeated call changes nothing.
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from anomaly_container.metering.counter import CELL
from anomaly_container.metering.counter_files import octets_of, opened, read_own
from anomaly_container.metering.counter_header import Shape, shape_of
from anomaly_container.metering.counter_layout import (
    FACTOR,
    LARGEST_COUNT,
    TOTAL_SUFFIX,
    encode,
    offsets,
    total_name,
)
from anomaly_container.metering.directory import instance
from anomaly_container.metering.file_birth import place_of
from anomaly_container.metering.file_lock import lock
from anomaly_container.metering.meters import METERS, PLACES
from anomaly_container.metering.owner import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOURCE: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
LOCK_SECONDS: Final = 5.0
"""Seconds to wait for another process that raises the same totals."""
SECONDS_BETWEEN_LOOKS: Final = 0.001


def raise_to(directory: Path, source: str, totals: Mapping[str, int]) -> dict[str, int]:
    """Raise the totals of a source to given values, each with a single store. A total never decreases.

    Parameters
    ----------
    directory
        The metering directory of a container.
    source
        The name of one state of one service, for example `streams-orders-0`. At most 200 letters, digits,
        dots, underscores and hyphens, the first of them a letter or a digit.
    totals
        The total work of the source for this container, by wire name.

    Returns
    -------
    dict
        The totals that the file holds now, by wire name.

    Raises
    ------
    ValueError
        If the name of the source is invalid, a meter is not in `METERS`, or a total is out of range.
    StrangeFileError
        If the file of the source fails its check. Nothing is billed from it, and it stays where it is.
    OSError
        If the directory is gone, the disk is full, or another process held the file for too long.
    """
    if not SOURCE.fullmatch(source):
        message = f"{source!r} cannot be the source of totals"
        raise ValueError(message)
    for name, total in totals.items():
        if name not in PLACES or not 0 <= total <= LARGEST_COUNT:
            message = f"{name} cannot have the total {total}"
            raise ValueError(message)
    owner, path = UUID(instance(directory)), directory / f"{source}{TOTAL_SUFFIX}"
    if not path.exists():
        if not totals:
            return {}
        with suppress(FileExistsError), _made(path, owner, totals) as made:  # another process was faster
            os.link(made, path)
    with _locked(path) as descriptor:
        held = read_own(owner, path, descriptor).counts
        raised = {name: max(held.get(name, 0), totals.get(name, 0)) for name in {**held, **totals}}
        if raised.keys() == held.keys():
            _store(descriptor, path, totals)
        else:
            # The header names the meters of a file, so that a file with more meters replaces it.
            with _made(path, owner, raised) as made:
                made.rename(path)
    return raised


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open and lock the file at a path, which another process may be replacing."""
    deadline = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < deadline:
        with opened(path) as descriptor:
            if lock(descriptor) and path.lstat().st_ino == os.fstat(descriptor).st_ino:
                yield descriptor
                return
        time.sleep(SECONDS_BETWEEN_LOOKS)
    raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), str(path))


@contextmanager
def _made(path: Path, owner: UUID, totals: Mapping[str, int]) -> Iterator[Path]:
    """Create a complete file for a path that it does not have yet."""
    unfinished = path.with_name(f"{uuid4()}{UNFINISHED}")
    shape = Shape.of([name for name in METERS if name in totals])
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, shape.size)
        os.pwrite(descriptor, encode(total_name(path), owner, place_of(descriptor), shape), 0)
        _store(descriptor, path, totals)
        os.fsync(descriptor)
        yield unfinished
    finally:
        os.close(descriptor)
        unfinished.unlink(missing_ok=True)


def _store(descriptor: int, path: Path, totals: Mapping[str, int]) -> None:
    shape = shape_of(octets_of(descriptor))
    above = offsets(total_name(path), len(shape.meters))
    with (
        mmap.mmap(descriptor, shape.size) as memory,
        memoryview(memory) as octets,
        octets[shape.header : shape.sending] as part,
        part.cast(CELL) as cells,
    ):
        for place, name in enumerate(shape.meters):
            word = FACTOR * totals.get(name, 0) + above[place]
            cells[place] = max(cells[place], word)
