"""Detection of changed files while the server runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

CHECK_SECONDS: Final = 1.0
"""The interval between checks; a check is one system call for each file."""

Stamps = tuple[tuple[int, int, int], ...]


class FileWatch:
    """Detects that files have changed.

    Parameters
    ----------
    paths
        The files. Another file at the same path, after a rename or behind a link, is a change too.
    clock
        A monotonic clock, in seconds.
    """

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._clock = clock
        self._stamps = self._read_stamps()
        self._next_check = clock() + CHECK_SECONDS

    def has_changed(self) -> bool:
        """Return whether a file has changed since the last call; checks at most once a second."""
        now = self._clock()
        if now < self._next_check:
            return False
        self._next_check = now + CHECK_SECONDS
        stamps = self._read_stamps()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        return True

    def _read_stamps(self) -> Stamps:
        return tuple(map(_stamp, self._paths))


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
