"""A thread for slow pages, one call at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from anomaly_container.web.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_WAITING: Final = 8


class PageThread:
    """Runs functions on a thread, never two at once: each competes with the event loop for the GIL."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._admitted = 0

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on the thread and return its result.

        Raises
        ------
        OverloadedError
            If the queue is full.
        """
        if self._admitted > MAX_WAITING:
            raise OverloadedError
        self._admitted += 1
        try:
            async with self._lock:
                return await asyncio.to_thread(function)
        finally:
            self._admitted -= 1
