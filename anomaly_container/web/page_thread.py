"""Work for pages on a thread of its own, one piece after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from anomaly_container.web.errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MAX_WAITING: Final = 8


class OneAtATime:
    """Calls functions on a thread, never two at once: each would take the interpreter from the event loop."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._admitted = 0

    async def call(self, function: Callable[[], T]) -> T:
        """Call a function and return what it returns.

        Raises
        ------
        OverloadedError
            When as many wait as may wait.
        """
        if self._admitted > MAX_WAITING:
            raise OverloadedError
        self._admitted += 1
        try:
            async with self._lock:
                return await asyncio.to_thread(function)
        finally:
            self._admitted -= 1
