"""A time budget for the work in one iteration of the event loop, which keeps probes responsive."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

BUDGET_MILLISECONDS: Final = 8.0
"""The budget of an iteration, together with the overrun of the iteration before."""
LONE_CALL_MILLISECONDS: Final = 12.0
"""The longest call if the iteration has done no other work: at most 20 ms with the iteration before."""


class LoopBudget:
    """The time spent in the current iteration of the event loop, and the calls that wait for a later one."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._is_end_scheduled = False

    def allows(self, work: float) -> bool:
        """Return whether the iteration has so many milliseconds left and no call is waiting."""
        return self._allows_now(work) and not self._waiting

    async def wait_for(self, work: float) -> None:
        """Wait for an iteration with so many milliseconds left; first come, first served."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        self._schedule_end()
        await future
        # From here on the measured time counts, not the estimate.
        self._spent -= work

    def call(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Call a function, and measure its time."""
        began = perf_counter()
        try:
            return function(*arguments)
        finally:
            self._spent += 1000.0 * (perf_counter() - began)
            self._schedule_end()

    def _schedule_end(self) -> None:
        if not self._is_end_scheduled:
            self._is_end_scheduled = True
            asyncio.get_running_loop().call_soon(self._end_iteration)

    def _allows_now(self, work: float) -> bool:
        return self._spent + work <= (BUDGET_MILLISECONDS if self._spent else LONE_CALL_MILLISECONDS)

    def _end_iteration(self) -> None:
        """Start the next iteration, less the overrun of this one, and resume the calls that fit into it."""
        self._is_end_scheduled = False
        self._spent = max(0.0, self._spent - BUDGET_MILLISECONDS)
        while self._waiting and self._allows_now(self._waiting[0][0]):
            work, future = self._waiting.popleft()
            if not future.done():  # cancelled with its request
                future.set_result(None)
                self._spent += work
        if self._spent or self._waiting:
            # After the callbacks that are already in the queue of the loop.
            self._schedule_end()
