"""The counts of one worker, in a small memory-mapped file that outlives the worker."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.metering.atomic_send import KernelSend
from anomaly_container.metering.counter_header import Shape
from anomaly_container.metering.counter_layout import FACTOR, SUFFIX, encode
from anomaly_container.metering.file_birth import place_of
from anomaly_container.metering.file_lock import lock
from anomaly_container.metering.owner import UNFINISHED, owner_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CELL: Final = "Q"
"""A machine word of 8 bytes. It is stored and loaded whole, so that a reader never sees half a value."""


class Counter:
    """The cumulative counts of one worker and the response being sent.

    The file stays locked until the counter is closed or its process ends. Counts survive the death of the
    process by any signal, because the mapped memory belongs to the kernel.
    """

    def __init__(self, path: Path, descriptor: int, shape: Shape) -> None:
        self.path = path
        self._descriptor = descriptor
        self._size = shape.size
        self._memory = mmap.mmap(descriptor, shape.size)
        with memoryview(self._memory)[shape.header : shape.sending] as octets:
            cells = octets.cast(CELL)
        self._counts = cells[: shape.awaited]
        self._awaited = cells[shape.awaited : shape.length]
        self._length = cells[shape.length :]
        cells.release()
        self._places = {name: place for place, name in enumerate(shape.meters)}
        self._kernel = KernelSend(self._memory, shape.sending)

    @classmethod
    def open(cls, directory: Path, meters: Sequence[str]) -> Counter:
        """Create the counter of this process. Call it after the fork.

        Parameters
        ----------
        directory
            The metering directory.
        meters
            The wire names of the meters that the services of the port count.

        Raises
        ------
        OSError
            If the file cannot be created, for example because the directory is gone or the disk is full.
        """
        owner, file, shape = owner_of(directory), uuid4(), Shape.of(meters)
        path = directory / f"{file}{SUFFIX}"
        unfinished = directory / f"{path.name}{UNFINISHED}"
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Allocated now: a store into a page that a full disk cannot hold kills the process.
            os.posix_fallocate(descriptor, 0, shape.size)
            os.pwrite(descriptor, encode(file, owner, place_of(descriptor), shape), 0)
            lock(descriptor)
            os.fsync(descriptor)
            # Under its final name a file is complete and locked. If it is unlocked, its worker has died.
            unfinished.rename(path)
        except OSError:
            os.close(descriptor)
            unfinished.unlink(missing_ok=True)
            raise
        return cls(path, descriptor, shape)

    def add(self, meter: str, amount: int) -> None:
        """Add to one meter with a single store. Only one thread of a process may call it."""
        self._counts[self._places[meter]] += FACTOR * amount

    def deliver(self, descriptor: int, octets: bytes, amounts: Mapping[str, int]) -> int:
        """Send the end of a response and count it: both or neither, even if the process is killed.

        The counts after the response are written first. The kernel then takes the bytes and records their
        number in this file, in one system call. If the process ends before the next store, that number
        decides whether the response is counted.

        Parameters
        ----------
        descriptor
            A connected socket.
        octets
            The rest of the response.
        amounts
            The increase of each meter, by wire name.

        Returns
        -------
        int
            The number of bytes the kernel took. Nothing is counted unless it took all of them.

        Raises
        ------
        OSError
            If the connection is broken. Nothing is counted.
        KeyError
            If this counter has no such meter. Nothing is sent or counted.
        """
        counts, awaited, length, places = self._counts, self._awaited, self._length, self._places
        length[0] = 0
        awaited[:] = counts
        for name, amount in amounts.items():
            awaited[places[name]] += FACTOR * amount
        self._kernel.clear()
        length[0] = len(octets)
        sent = self._kernel.send(descriptor, octets)
        if sent == len(octets):
            for name in amounts:
                counts[places[name]] = awaited[places[name]]
        length[0] = 0
        return sent

    def is_in_place(self) -> bool:
        """Return whether the file is still at the path from which counts are collected."""
        try:
            there, own = self.path.lstat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return (there.st_dev, there.st_ino, there.st_size) == (own.st_dev, own.st_ino, self._size)

    def close(self) -> None:
        """Release the file. It remains until its counts are collected."""
        for cells in (self._counts, self._awaited, self._length):
            cells.release()
        self._memory.close()
        os.close(self._descriptor)
