"""From a request's bytes to the answer's bytes, and where that work runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from anomaly_container import detection
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.response import Result, render, result_headers
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import ChangePointOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anomaly_container.contract.limits import Limits

INLINE_BYTES: Final = 8192 if detection.kernels_compiled() else 2048
"""Largest body that is answered on the event loop: about 120 points of compact JSON, 30 without kernels in C.

There lies the border of 2 ms of work, measured for every operation on daily, hourly and minutely series: 120
points took 0.2 to 1.9 ms of processor time, and 36 points 0.8 to 5 ms in numpy alone. A hop to the thread
costs 0.02 to 0.06 ms.
"""
MODERATE_BYTES: Final = 81_920 if detection.kernels_compiled() else INLINE_BYTES
"""Largest body that is answered on the event loop where the thread rests and the turn of the loop has time.

1,000 points fit in with their timestamps. On the thread they cost 0.2 to 0.5 ms more, since the loop, which
reads the next request meanwhile, takes the interpreter away from it.
"""
TURN_SECONDS: Final = 0.01
"""After so much work in one turn of the event loop the rest goes to the thread: probes get their turn."""

INLINE_MILLISECONDS: Final = 2.0
"""Most work that `Engine.run` does on the event loop."""

T = TypeVar("T")


class OverloadedError(Exception):
    """As many requests wait as may wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client, and how large the question was.

    Attributes
    ----------
    body
        The JSON.
    headers
        Those that describe the result.
    points
        How many points the series has.
    found
        How many anomalies or change points it has, by direction: positive, negative or change.
    seconds
        How long each stage took: parse, detect and render.
    """

    body: bytes
    headers: Mapping[str, str]
    points: int
    found: Mapping[str, int]
    seconds: Mapping[str, float] = field(compare=False)


def run(request: Request) -> Result:
    """Detect what the request asks for."""
    if isinstance(request.options, ChangePointOptions):
        return detection.change_points(request.series, request.options)
    if request.operation is Operation.LAST:
        return detection.last(request.series, request.options)
    return detection.entire(request.series, request.options)


def answer(body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Answer:
    """Parse, detect and render.

    Raises
    ------
    ContractError
        When the body is not a request of this operation and version.
    """
    began = perf_counter()
    request = parse(body, operation, version, limits)
    parsed = perf_counter()
    result = run(request)
    detected = perf_counter()
    rendered = render(request, result)
    seconds = {"parse": parsed - began, "detect": detected - parsed, "render": perf_counter() - detected}
    size = request.series.values.size
    return Answer(rendered, result_headers(request, result), size, findings(result), seconds)


def findings(result: Result) -> dict[str, int]:
    """Count what was found, by direction."""
    if isinstance(result, detection.ChangePointResult):
        return {"change": int(np.count_nonzero(result.is_change_point))}
    return {
        "positive": int(np.count_nonzero(result.is_positive_anomaly)),
        "negative": int(np.count_nonzero(result.is_negative_anomaly)),
    }


class Engine:
    """Makes answers: small ones at once on the event loop, large ones one at a time on a thread.

    The thread is there so that probes and small requests are answered meanwhile; it makes nothing faster, for
    parsing and detection hold the interpreter most of the time. A request does all its work there in one hop.
    One of moderate size goes there only while others keep it or the loop busy.

    Parameters
    ----------
    limits
        How many points a series may have, which also bounds the time one answer takes.
    max_waiting
        Large requests that may wait while another is answered.
    """

    def __init__(self, limits: Limits, max_waiting: int) -> None:
        self._limits = limits
        self._max_admitted = max_waiting + 1
        self._admitted = 0
        self._turn_seconds = 0.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="detection")

    def close(self) -> None:
        """Let go of the thread and of what waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def admitted(self) -> int:
        """How many large requests are worked on or wait for it."""
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
        if len(body) <= INLINE_BYTES or (len(body) <= MODERATE_BYTES and self._is_at_rest):
            return self._answer_at_once(body, operation, version)
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, answer, body, operation, version, self._limits)
        finally:
            self._admitted -= 1

    async def run(self, work: float, function: Callable[..., T], *arguments: object) -> T:
        """Call a function, and return what it returns.

        Parameters
        ----------
        work
            How many milliseconds it is estimated to take: a few are spent at once on the event loop, more on
            the thread.
        function, arguments
            What to call, and with what.

        Raises
        ------
        OverloadedError
            When as many requests wait as may wait.
        """
        if work <= INLINE_MILLISECONDS:
            return function(*arguments)
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        finally:
            self._admitted -= 1

    @property
    def _is_at_rest(self) -> bool:
        """Whether the thread has nothing to do, and this turn of the event loop has time."""
        return not self._admitted and self._turn_seconds < TURN_SECONDS

    def _answer_at_once(self, body: bytes, operation: Operation, version: ApiVersion) -> Answer:
        """Answer on the event loop, and note the time until its next turn."""
        began = perf_counter()
        try:
            return answer(body, operation, version, self._limits)
        finally:
            if not self._turn_seconds:
                asyncio.get_running_loop().call_soon(self._begin_turn)
            self._turn_seconds += perf_counter() - began

    def _begin_turn(self) -> None:
        self._turn_seconds = 0.0
