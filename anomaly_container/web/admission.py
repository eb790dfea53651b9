"""Where work runs: on the event loop, or on the one thread of a worker and its bounded queue."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from anomaly_container import detection, engine
from anomaly_container.contract.request import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.contract.limits import Limits
    from anomaly_container.contract.versions import ApiVersion, Operation
    from anomaly_container.engine import Answer

T = TypeVar("T")
P = ParamSpec("P")

INLINE_BYTES: Final = 8192 if detection.kernels_compiled() else 2048
"""Largest body that is read on the event loop."""
INLINE_MILLISECONDS: Final = 2.0
"""Dearest work that is done on the event loop whatever the thread does."""


class OverloadedError(Exception):
    """As many requests wait as may wait."""


class Engine:
    """Makes answers: cheap ones at once on the event loop, dear ones one at a time on a thread.

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
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="detection")

    def close(self) -> None:
        """Let go of the thread and of what waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def admitted(self) -> int:
        """How many dear requests are worked on or wait for it."""
        return self._admitted

    async def answer(self, body: bytes, operation: Operation, version: ApiVersion) -> Answer:
        """Answer one request.

        Raises
        ------
        ContractError
            When the body is not a request of this operation and version.
        OverloadedError
            When as many requests wait as may wait.
        """
        if len(body) > INLINE_BYTES:
            return await self.run(
                INLINE_MILLISECONDS + 1, engine.answer, body, operation, version, self._limits
            )
        began = perf_counter()
        request = parse(body, operation, version, self._limits)
        return await self.run(0.0, engine.respond, request, perf_counter() - began)

    async def run(self, work: float, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Call a function where work of its size belongs, and return what it returns.

        Parameters
        ----------
        work
            Milliseconds of one processor that it takes at most, estimated.
        function, arguments, named
            What to call, on the event loop or on the thread.

        Raises
        ------
        OverloadedError
            When it belongs on the thread, and as many wait for it as may wait.
        """
        if work <= INLINE_MILLISECONDS:
            return function(*arguments, **named)
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, partial(function, *arguments, **named))
        finally:
            self._admitted -= 1
