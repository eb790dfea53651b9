"""A lock that every fork takes, so that a child does not inherit the locks of a thread at work."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

FORK_SECONDS: Final = 1.0
"""Seconds that a fork waits. A thread that works longer waits for the network, and holds no other lock."""


class ForkLock:
    """A lock for work that takes locks of its own, such as an import or a handshake.

    A fork in the middle of that work would leave those locks locked in the child, without the thread that
    releases them. It waits until the work is done, or for a second.

    Examples
    --------
    >>> lock = ForkLock()
    >>> with lock:
    ...     import encodings.idna
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        os.register_at_fork(
            before=self._take, after_in_parent=self._give_back, after_in_child=self._start_anew
        )

    def __enter__(self) -> Self:
        """Take the lock: a fork waits."""
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        self._lock.release()

    def _take(self) -> None:
        self._taken = self._lock.acquire(timeout=FORK_SECONDS)

    def _give_back(self) -> None:
        if self._taken:
            self._taken = False
            self._lock.release()

    def _start_anew(self) -> None:
        self._taken = False
        self._lock = threading.Lock()
