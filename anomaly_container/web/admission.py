"""Where work runs: on the event loop, or on the one thread of a worker and its bounded queue."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from anomaly_container.services.univariate import cost, engine
from anomaly_container.services.univariate.contract.request import parse
from anomaly_container.web.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.univariate.contract.limits import Limits
    from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation
    from anomaly_container.services.univariate.engine import Answer

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CHEAP_MILLISECONDS: Final = 2.0
"""Dearest work that is done on the event loop whatever the thread does; a hop to it takes 0.02 to 0.06 ms."""


class OverloadedError(Exception):
    """As many requests wait as may wait, or bodies of as many bytes."""


class Engine:
    """Makes answers: cheap ones on the event loop, dear ones one at a time on a thread.

    The thread is there so that probes and cheap requests are answered meanwhile; it makes nothing faster, for
    parsing and detection hold the interpreter most of the time. Work of moderate cost goes there only while
    others keep it or the loop busy: on the thread it takes 12 to 19 % more, since the loop, which reads the
    next request meanwhile, takes the interpreter away from it.

    Parameters
    ----------
    limits
        How many points a series may have, which also bounds the time one answer takes.
    max_waiting
        Dear requests that may wait while another is answered.
    """

    def __init__(self, limits: Limits, max_waiting: int) -> None:
        self._limits = limits
        self._max_admitted = max_waiting + 1
        self._admitted = 0
        self._turn = Turn()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="detection")

    def close(self) -> None:
        """Let go of the thread and of what waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def admitted(self) -> int:
        """How many dear requests are worked on or wait for it."""
        return self._admitted

    async def answer(self, body: bytes, operation: Operation, version: ApiVersion) -> Answer:
        """Answer one request: read it where a body of its size belongs, and go on where its work does.

        Raises
        ------
        ContractError
            When the body is not a request of this operation and version.
        OverloadedError
            When as many requests wait as may wait.
        """
        if not await self._belongs_on_the_loop(cost.reading_milliseconds(len(body))):
            return await self._on_the_thread(engine.answer, body, operation, version, self._limits)
        began = perf_counter()
        request = self._turn.call(parse, body, operation, version, self._limits)
        parsed = perf_counter() - began
        return await self.run(cost.answering_milliseconds(request), engine.respond, request, parsed)

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
            When it belongs on the thread, and as many wait as may wait.
        """
        if await self._belongs_on_the_loop(work):
            return self._turn.call(function, *arguments)
        return await self._on_the_thread(function, *arguments)

    async def _belongs_on_the_loop(self, work: float) -> bool:
        """Tell whether work is done on the loop, when this turn has time for it."""
        if work > CHEAP_MILLISECONDS:
            return not self._admitted and self._turn.has_time(work)
        if not self._turn.has_time(work):
            await self._turn.comes(work)
        return True

    async def _on_the_thread(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        finally:
            self._admitted -= 1
