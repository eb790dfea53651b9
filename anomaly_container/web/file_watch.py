"""Files that are read again when they change while the server runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SECONDS_BETWEEN_LOOKS: Final = 1.0
"""How long a change may go unseen; looking is a system call for each file."""

Marks = tuple[tuple[int, int, int], ...]


class Watch:
    """Tells when files are no longer what they were.

    Parameters
    ----------
    paths
        The files. Another file at the same path, as after a rename or behind a link, is a change too.
    clock
        Seconds that never go back.
    """

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = paths
        self._clock = clock
        self._marks = self._look()
        self._next_look = clock() + SECONDS_BETWEEN_LOOKS

    def has_changed(self) -> bool:
        """Tell whether there is a change that was not told yet; looks at most once a second."""
        now = self._clock()
        if now < self._next_look:
            return False
        self._next_look = now + SECONDS_BETWEEN_LOOKS
        marks = self._look()
        if marks == self._marks:
            return False
        self._marks = marks
        return True

    def _look(self) -> Marks:
        return tuple(map(_mark, self._paths))


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
