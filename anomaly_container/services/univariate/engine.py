"""The engine: from the bytes of a request to the bytes of its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.detection import univariate as detection
from anomaly_container.detection.univariate import ChangePointOptions
from anomaly_container.services.univariate import cost
from anomaly_container.services.univariate.contract.request import Request, parse
from anomaly_container.services.univariate.contract.response import Result, render, result_headers
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.univariate.contract.limits import Limits
    from anomaly_container.web.admission import Admission


MAX_FILES: Final = 4
"""The most files that a worker reads or keeps waiting: queries wait behind them on the same thread."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one request.

    Attributes
    ----------
    body
        The JSON of the answer.
    headers
        The headers that describe the result.
    points
        The number of points of the series.
    found
        The number of anomalies or change points by direction: positive, negative or change.
    seconds
        The duration of each stage: parse, detect and render.
    """

    body: bytes
    headers: Mapping[str, str]
    points: int
    found: Mapping[str, int]
    seconds: Mapping[str, float] = field(compare=False)


class Engine:
    """Answers requests, on the event loop or on the thread.

    Parameters
    ----------
    limits
        The limits of a request, which also bound the time that it takes.
    admission
        Decides where the work of a request runs.

    Attributes
    ----------
    admission
        The parameter.
    files
        A semaphore for the files of the home page.
    """

    def __init__(self, limits: Limits, admission: Admission) -> None:
        self._limits = limits
        self.admission = admission
        self.files = asyncio.Semaphore(MAX_FILES)

    async def answer(self, body: bytes, operation: Operation, version: ApiVersion) -> Outcome:
        """Answer one request: its size decides where it is read, its work where it is detected.

        Raises
        ------
        ContractError
            If the body is not a request of this operation and version.
        OverloadedError
            If as many requests wait as may wait.
        """
        admission = self.admission
        if not await admission.belongs_on_the_loop(cost.reading_milliseconds(len(body))):
            return await admission.call_on_the_thread(answer, body, operation, version, self._limits)
        began = perf_counter()
        request = admission.call_on_the_loop(parse, body, operation, version, self._limits)
        parsed = perf_counter() - began
        return await admission.run(cost.answering_milliseconds(request), respond, request, parsed)


def run(request: Request) -> Result:
    """Run the detection of a request."""
    if isinstance(request.options, ChangePointOptions):
        return detection.change_points(request.series, request.options)
    if request.operation is Operation.LAST:
        return detection.last(request.series, request.options)
    return detection.entire(request.series, request.options)


def answer(body: bytes, operation: Operation, version: ApiVersion, limits: Limits) -> Outcome:
    """Parse, detect and render.

    Raises
    ------
    ContractError
        If the body is not a request of this operation and version.
    """
    began = perf_counter()
    request = parse(body, operation, version, limits)
    return respond(request, perf_counter() - began)


def respond(request: Request, parse_seconds: float) -> Outcome:
    """Detect and render.

    Parameters
    ----------
    request
        The parsed request.
    parse_seconds
        How long parsing took.
    """
    began = perf_counter()
    result = run(request)
    detected = perf_counter()
    rendered = render(request, result)
    seconds = {"parse": parse_seconds, "detect": detected - began, "render": perf_counter() - detected}
    size = request.series.values.size
    return Outcome(rendered, result_headers(request, result), size, findings(result), seconds)


def findings(result: Result) -> dict[str, int]:
    """Return the number of findings by direction."""
    if isinstance(result, detection.ChangePointResult):
        return {"change": int(np.count_nonzero(result.is_change_point))}
    return {
        "positive": int(np.count_nonzero(result.is_positive_anomaly)),
        "negative": int(np.count_nonzero(result.is_negative_anomaly)),
    }
