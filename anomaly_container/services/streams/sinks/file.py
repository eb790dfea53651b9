"""A file of JSON lines that is complete up to what was acknowledged, whatever happens to the process."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.sinks.file_tail import identities_of_tail, length_of_whole_lines
from anomaly_container.services.streams.sinks.sink import ALL_TAKEN, Receipt, SinkFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anomaly_container.services.streams.outputs import Output

MOST: Final = 5000
"""The largest number of outputs of one write and one fsync."""

WORDS: Final = {
    errno.ENOSPC: "The disk is full.",
    errno.EDQUOT: "The disk is full.",
    errno.EROFS: "The disk is read-only.",
    errno.EACCES: "The file may not be written.",
    errno.EPERM: "The file may not be written.",
    errno.EWOULDBLOCK: "Another process writes the file.",
}


class FileSink:
    """Appends lines to a file, which is renamed when it is large.

    A batch is acknowledged after fsync. If a write fails, the file is cut back to the end of the last batch
    that was acknowledged. At the start a half line at the end is cut off, and the outputs that the end of the
    file already has are not written again. The file is locked: two processes never write it.

    Parameters
    ----------
    path
        The file. Renamed ones have `.1` (the newest) and so on at the end of their names.
    rotate_bytes
        A file of this size or more is renamed before the next batch; None to let it grow.
    keep
        The number of renamed files that are kept.
    repeats
        The number of lines at the end that are compared with new outputs: they may come again after a crash.
    """

    most: int = MOST
    repeat_seconds: float | None = None

    def __init__(self, path: Path, *, rotate_bytes: int | None, keep: int, repeats: int) -> None:
        self._path = path
        self._rotate_bytes = rotate_bytes
        self._keep = keep
        self._repeats = repeats
        self._descriptor: int | None = None
        self._end = 0
        self._known: set[str] = set()
        self._until_forgotten = 0
        self._is_torn = False
        self._thread: ThreadPoolExecutor | None = None

    async def open(self) -> None:
        """Open and lock the file; see `Sink`."""
        await self._on_thread(self._open)

    async def send(self, outputs: Sequence[Output]) -> Receipt:
        """Append outputs; see `Sink`."""
        await self._on_thread(self._append, outputs)
        return ALL_TAKEN

    async def close(self) -> None:
        """Close the file, after the write that is under way."""
        await self._on_thread(self._close)
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def _on_thread(self, call: Callable[..., None], *arguments: object) -> None:
        if self._thread is None:
            # One of its own: a disk that hangs must not hold up those that other sinks wait for.
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sink-file")
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        except OSError as error:
            raise SinkFailed(WORDS.get(error.errno or 0, "The file cannot be written.")) from None

    def _open(self) -> None:
        self._open_file()
        self._known = identities_of_tail(self._paths(), self._repeats)
        self._until_forgotten = self._repeats

    def _open_file(self) -> None:
        self._close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._end = length_of_whole_lines(descriptor)
            os.ftruncate(descriptor, self._end)
            os.fsync(descriptor)
            self._fsync_folder()
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._is_torn = False

    def _append(self, outputs: Sequence[Output]) -> None:
        if self._descriptor is None or self._is_another_file(self._descriptor):
            self._open_file()
        if self._rotate_bytes is not None and self._end >= self._rotate_bytes:
            self._rotate()
        new = [output for output in outputs if output.identity not in self._known]
        if new and self._descriptor is not None:
            self._write(self._descriptor, b"".join(line for output in new for line in (output.line, b"\n")))
        self._forget(outputs)

    def _write(self, descriptor: int, data: bytes) -> None:
        """Write a batch behind the last one, or nothing.

        After an fsync that failed the content of the disk is unknown: the whole batch is written again.
        """
        if self._is_torn:
            os.ftruncate(descriptor, self._end)
        self._is_torn = True
        try:
            view, position = memoryview(data), self._end
            while view:
                written = os.pwrite(descriptor, view, position)
                view, position = view[written:], position + written
            os.fsync(descriptor)
        except OSError:
            # At once, for those who read the file; the next attempt does it again if it fails.
            with suppress(OSError):
                os.ftruncate(descriptor, self._end)
            raise
        self._is_torn = False
        self._end = position

    def _forget(self, outputs: Sequence[Output]) -> None:
        """Forget repeats that were seen, and all of them after so many outputs that no more can come."""
        if not self._known:
            return
        self._known.difference_update(output.identity for output in outputs)
        self._until_forgotten -= len(outputs)
        if self._until_forgotten <= 0:
            self._known.clear()

    def _is_another_file(self, descriptor: int) -> bool:
        """Return whether the file was renamed or removed."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return True
        mine = os.fstat(descriptor)
        return (found.st_ino, found.st_dev) != (mine.st_ino, mine.st_dev)

    def _rotate(self) -> None:
        paths = self._paths()
        for older, newer in zip(reversed(paths), reversed(paths[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)
        self._open_file()

    def _paths(self) -> list[Path]:
        """Return the files from the newest to the oldest."""
        return [self._path, *(self._numbered(number) for number in range(1, self._keep + 1))]

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _fsync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
