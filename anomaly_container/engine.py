"""From a request's bytes to the answer's bytes, and where that work runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anomaly_container import detection
from anomaly_container.contract.request import Request, parse
from anomaly_container.contract.response import Result, render, result_headers
from anomaly_container.contract.versions import ApiVersion, Operation
from anomaly_container.detection import ChangePointOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.contract.limits import Limits

INLINE_BYTES: Final = 8192 if detection.kernels_compiled() else 2048
"""Largest body that is answered on the event loop: about 120 points of compact JSON, 30 without compiled kernels.

There lies the border of 2 ms of work, measured for every operation on daily, hourly and minutely series: 120
points took 0.2 to 1.9 ms of processor time, and 36 points 0.8 to 5 ms in numpy alone. A hop to the thread costs
0.02 to 0.06 ms.
"""


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
    """

    body: bytes
    headers: Mapping[str, str]
    points: int


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
    request = parse(body, operation, version, limits)
    result = run(request)
    return Answer(render(request, result), result_headers(request, result), request.series.values.size)


class Engine:
    """Makes answers: small ones at once on the event loop, large ones one at a time on a thread.

    The thread is there so that probes and small requests are answered meanwhile; it makes nothing faster, for
    parsing and detection hold the interpreter most of the time. A request does all its work there in one hop.

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
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="detection")

    def close(self) -> None:
        """Let go of the thread and of what waits for it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def answer(self, body: bytes, operation: Operation, version: ApiVersion) -> Answer:
        """Answer one request.

        Raises
        ------
        ContractError
            When the body is not a request of this operation and version.
        OverloadedError
            When as many requests wait as may wait.
        """
        if len(body) <= INLINE_BYTES:
            return answer(body, operation, version, self._limits)
        if self._admitted == self._max_admitted:
            raise OverloadedError
        self._admitted += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, answer, body, operation, version, self._limits)
        finally:
            self._admitted -= 1
