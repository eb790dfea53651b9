"""Where work runs: on the event loop, or on the one thread of a worker and its bounded queue."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from anomaly_container.web.errors import OverloadedError
from anomaly_container.web.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CHEAP_MILLISECONDS: Final = 2.0
"""Dearest work that is done on the event loop whatever the thread does; a hop to it takes 0.02 to 0.06 ms."""


class Admission:
    """Runs cheap work on the event loop, and dear work one at a time on a thread.

    The thread is there so that probes and cheap requests are answered meanwhile; it makes nothing faster, for
    most work holds the interpreter. Work of moderate cost goes there only while other work keeps it or the
    loop busy: on the thread it takes 12 to 19 % more, since the loop, which reads the next request meanwhile,
    takes the interpreter away from it.

    Parameters
    ----------
    max_waiting
        Dear requests that may wait while another is answered.
    """

    def __init__(self, max_waiting: int = 64) -> None:
        self._max_admitted = max_waiting + 1
        self._admitted = 0
        self._turn = Turn()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="admitted")

    def close(self) -> None:
        """Let go of the thread and of what waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def admitted(self) -> int:
        """How many dear requests are worked on or wait for it."""
        return self._admitted

    async def run(self, work: float, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function where work of its cost belongs, and return what it returns.

        Parameters
        ----------
        work
            Milliseconds of one processor that it takes, as estimated.
        function, arguments
            What to call; on the thread unless the work is cheap, or moderate and nothing else waits.

        Raises
        ------
        OverloadedError
            If it belongs on the thread, and as many wait as may wait.
        """
        if await self.belongs_on_the_loop(work):
            return self.call_on_the_loop(function, *arguments)
        return await self.call_on_the_thread(function, *arguments)

    async def belongs_on_the_loop(self, work: float) -> bool:
        """Tell whether work is done on the loop, when this turn has time for it."""
        if work > CHEAP_MILLISECONDS:
            return not self._admitted and self._turn.has_time(work)
        if not self._turn.has_time(work):
            await self._turn.comes(work)
        return True

    def call_on_the_loop(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function at once, and count its time among that of this turn."""
        return self._turn.call(function, *arguments)

    async def call_on_the_thread(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function on the thread.

        Raises
        ------
        OverloadedError
            If as many wait as may wait.
        """
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        finally:
            self._admitted -= 1
