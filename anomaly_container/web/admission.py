"""Admission: work runs on the event loop, or on the one thread of a worker with its bounded queue."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from anomaly_container.web.errors import OverloadedError
from anomaly_container.web.loop_budget import LoopBudget

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CHEAP_MILLISECONDS: Final = 2.0
"""Work up to this cost always runs on the event loop; a switch to the thread takes 0.02 to 0.06 ms."""


class Admission:
    """Runs cheap work on the event loop, and expensive work on a thread, one call at a time.

    The thread lets probes and cheap requests be served meanwhile. It makes nothing faster, because most work
    holds the GIL. Work of moderate cost runs on it only while the thread or the loop is busy: it takes 12 to
    19 % longer there, because the loop, which reads the next request meanwhile, competes for the GIL.

    Parameters
    ----------
    max_waiting
        The number of expensive requests that may wait while another is handled.
    """

    def __init__(self, max_waiting: int = 64) -> None:
        self._max_admitted = max_waiting + 1
        self._admitted = 0
        self._budget = LoopBudget()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="admitted")

    def close(self) -> None:
        """Release the thread and drop the requests that wait for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def admitted(self) -> int:
        """The number of expensive requests that are handled or wait."""
        return self._admitted

    async def run(self, work: float, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function on the loop or on the thread, by its cost, and return its result.

        Parameters
        ----------
        work
            The estimated CPU time in milliseconds.
        function, arguments
            The call; it runs on the thread unless it is cheap, or moderate and nothing else waits.

        Raises
        ------
        OverloadedError
            If the call needs the thread and the queue is full.
        """
        if await self.belongs_on_the_loop(work):
            return self.call_on_the_loop(function, *arguments)
        return await self.call_on_the_thread(function, *arguments)

    async def belongs_on_the_loop(self, work: float) -> bool:
        """Return whether work runs on the loop; wait until an iteration of the loop has time for it."""
        if work > CHEAP_MILLISECONDS:
            return not self._admitted and self._budget.allows(work)
        if not self._budget.allows(work):
            await self._budget.wait_for(work)
        return True

    def call_on_the_loop(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function at once, and count its time in this iteration of the loop."""
        return self._budget.call(function, *arguments)

    async def call_on_the_thread(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function on the thread.

        Raises
        ------
        OverloadedError
            If the queue is full.
        """
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        finally:
            self._admitted -= 1
