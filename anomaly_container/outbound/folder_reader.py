"""A file that is being read, and that must not change meanwhile."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from anomaly_container.outbound.errors import Changed, Unavailable
from anomaly_container.outbound.folder_errors import of_reading
from anomaly_container.outbound.folder_tree import FILE, etag_of, info_of, parent_of, regular
from anomaly_container.outbound.stored_object import PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from anomaly_container.outbound.stored_object import ObjectInfo


class FolderReader:
    """An `OpenObject`.

    A file that is replaced while it is read is read as it was; one that is changed is refused. A short one is
    read when it is opened: each visit to a thread costs more than its bytes.

    Parameters
    ----------
    root, key
        The folder, and the key of the file.
    run
        Calls a function that blocks, on a thread.
    """

    info: ObjectInfo

    def __init__(self, root: Path, key: str, run: Callable[..., Awaitable[bytes]]) -> None:
        self._root = root
        self._key = key
        self._run = run
        self._turn = threading.Lock()
        self._file: int | None = None
        self._whole: bytes | None = None
        self._is_over = False

    @property
    def is_open(self) -> bool:
        """Return True if there is a file to close."""
        return self._file is not None

    def begin(self, if_match: str | None) -> None:
        """Open the file; it must have the etag if one is given. Blocks."""
        with self._turn, of_reading():
            if self._is_over:
                raise Unavailable(message="The read was given up.")
            with parent_of(self._root, self._key) as (folder, name):
                self._file = os.open(name, FILE, dir_fd=folder)
            self.info = info_of(self._key, regular(self._file))
            self._check(if_match)
            if self.info.size <= PIECE_BYTES:
                self._whole = b"".join(iter(self._read, b""))
                self._close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the pieces from first to last."""
        if self._whole is not None:
            if self._whole:
                yield self._whole
            return
        while piece := await self._run(self.read):
            yield piece

    def close(self) -> None:
        """Close the file; blocks."""
        with self._turn:
            self._close()

    def read(self) -> bytes:
        """Return the next piece, blank at the end; blocks."""
        with self._turn, of_reading():
            return self._read()

    def whole(self) -> bytes:
        """Return all bytes; blocks."""
        return b"".join(iter(self.read, b"")) if self._whole is None else self._whole

    def _read(self) -> bytes:
        if self._file is None:
            raise Unavailable(message="The read was given up.")
        piece = os.read(self._file, PIECE_BYTES)
        self._check(self.info.etag, is_end=not piece)
        return piece

    def _close(self) -> None:
        self._is_over = True
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _check(self, etag: str | None, *, is_end: bool = True) -> None:
        if is_end and self._file is not None and etag not in {None, etag_of(os.fstat(self._file))}:
            raise Changed
