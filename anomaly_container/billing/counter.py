"""One worker's counts, in a small file mapped into memory that outlives the worker."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from anomaly_container.billing.kernel_send import SENT_OFFSET, KernelSend
from anomaly_container.billing.kernel_send import SIZE as HEADER_SIZE
from anomaly_container.billing.locks import lock
from anomaly_container.billing.meters import Meter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIX: Final = ".counter"
UNFINISHED: Final = ".unfinished"
CELL: Final = "Q"
"""A machine word of 8 bytes: stored and loaded whole, so that a reader never sees half of a value."""

# The cells: the counts; the counts as they are to be when the answer under way is out; the bytes of it that
# are being sent, 0 for none. The header of that sending follows.
AWAITED: Final = len(Meter)
LENGTH: Final = 2 * len(Meter)
HEADER: Final = 8 * (LENGTH + 1)
SIZE: Final = HEADER + HEADER_SIZE


class Counter:
    """The cumulative counts of one worker, one cell of 8 bytes for each meter, and the answer under way.

    The file is locked for as long as the counter is open or its process lives. What was added survives the
    death of the process by any signal, because the memory is the kernel's.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, SIZE)
        self._cells = memoryview(self._memory)[:HEADER].cast(CELL)
        self._kernel = KernelSend(self._memory, HEADER)

    @classmethod
    def open(cls, directory: Path) -> Counter:
        """Make a counter of its own for this process; to be called after the fork.

        Raises
        ------
        OSError
            When the directory takes no file, a full disk for instance.
        """
        name = f"{uuid4()}{SUFFIX}"
        unfinished = directory / f"{name}{UNFINISHED}"
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Space is claimed now: a store into a page that a full disk cannot hold would kill the process.
            os.posix_fallocate(descriptor, 0, SIZE)
            lock(descriptor)
            os.fsync(descriptor)
            # Under its own name a file is always whole and locked: found unlocked, it is a dead worker's.
            unfinished.rename(directory / name)
        except OSError:
            os.close(descriptor)
            unfinished.unlink(missing_ok=True)
            raise
        return cls(descriptor)

    def add(self, meter: Meter, amount: int) -> None:
        """Add to one meter by one store; only one thread of a process may do so."""
        self._cells[meter] += amount

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
            cells[AWAITED + meter] = cells[meter] + amounts.get(meter, 0)
        self._kernel.clear()
        cells[LENGTH] = len(octets)
        sent = self._kernel.send(descriptor, octets)
        if sent == len(octets):
            for meter in amounts:
                cells[meter] = cells[AWAITED + meter]
        cells[LENGTH] = 0
        return sent

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
    OSError
        When the file cannot be opened, locked or mapped.
    """
    # In this order: only a file that nobody writes any more tells how its last sending ended.
    abandoned = is_abandoned(path)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), SIZE, prot=mmap.PROT_READ) as memory,
        memoryview(memory) as octets,
        octets[:HEADER].cast(CELL) as cells,
        octets[HEADER + SENT_OFFSET :][:4].cast("I") as sent,
    ):
        went_out = abandoned and cells[LENGTH] and cells[LENGTH] == sent[0]
        return tuple(cells[AWAITED:LENGTH] if went_out else cells[:AWAITED])


def read_counters(directory: Path) -> dict[str, tuple[int, ...]]:
    """Return the counts of every counter in the directory, by file name and meter.

    Files of another size are no counters: a counter has its size before it has its name.

    Raises
    ------
    OSError
        When one cannot be read, for it must not pass for one that is gone.
    """
    paths = sorted(directory.glob(f"*{SUFFIX}"))
    return {path.name: read_counter(path) for path in paths if path.stat().st_size == SIZE}


def is_abandoned(path: Path) -> bool:
    """Tell whether no process has the file's counter open any more."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        return lock(descriptor)
    finally:
        os.close(descriptor)
