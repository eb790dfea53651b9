"""What one turn of the event loop may spend on work, so that probes get theirs."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TURN_MILLISECONDS: Final = 8.0
"""Work of one turn, and of what comes within it for the next one."""
LONE_MILLISECONDS: Final = 12.0
"""Work that is done if the turn has done no other: no more than 20 ms with that of the turn before."""


class Turn:
    """The time that work takes in one turn of the event loop, and the work that waits for another."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._ends_soon = False

    def has_time(self, work: float) -> bool:
        """Tell whether so many milliseconds fit in, and nothing has waited for longer."""
        return self._fits(work) and not self._waiting

    async def comes(self, work: float) -> None:
        """Wait for a turn that has so many milliseconds; first come, first served."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._end_soon()
        await future
        # From here on counts what it takes, not what it was thought to take.
        self._spent -= work

    def call(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function, and count the time it takes."""
        began = perf_counter()
        try:
            return function(*arguments)
        finally:
            self._spent += 1000.0 * (perf_counter() - began)
            self._end_soon()

    def _end_soon(self) -> None:
        if not self._ends_soon:
            self._ends_soon = True
            asyncio.get_running_loop().call_soon(self._end)

    def _fits(self, work: float) -> bool:
        return self._spent + work <= (TURN_MILLISECONDS if self._spent else LONE_MILLISECONDS)

    def _end(self) -> None:
        """Let those go on, in the next turn, that fit into it; what this one did too much is taken off it."""
        self._ends_soon = False
        self._spent = max(0.0, self._spent - TURN_MILLISECONDS)
        while self._waiting and self._fits(self._waiting[0][0]):
            work, future = self._waiting.popleft()
            if not future.done():  # a client that waits no more
                future.set_result(None)
                self._spent += work
        if self._spent or self._waiting:
            # Behind those in the loop's queue.
            self._end_soon()
