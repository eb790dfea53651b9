"""From a request's bytes to the answer's bytes."""

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
"""Files that are read or wait in a worker: queries wait behind them on the same thread."""


@dataclass(frozen=True, slots=True)
class Outcome:
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


class Engine:
    """Answers requests, each where its work belongs.

    Parameters
    ----------
    limits
        How many points a series may have, which also bounds the time one request takes.
    admission
        Decides where work runs.

    Attributes
    ----------
    admission
        As given.
    files
        Places for the files of the home page.
    """

    def __init__(self, limits: Limits, admission: Admission) -> None:
        self._limits = limits
        self.admission = admission
        self.files = asyncio.Semaphore(MAX_FILES)

    async def answer(self, body: bytes, operation: Operation, version: ApiVersion) -> Outcome:
        """Answer one request: read it where a body of its size belongs, and go on where its work does.

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
    """Detect what the request asks for."""
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
        When the body is not a request of this operation and version.
    """
    began = perf_counter()
    request = parse(body, operation, version, limits)
    return respond(request, perf_counter() - began)


def respond(request: Request, parse_seconds: float) -> Outcome:
    """Detect and render.

    Parameters
    ----------
    request
        What the body was.
    parse_seconds
        How long it took to read.
    """
    began = perf_counter()
    result = run(request)
    detected = perf_counter()
    rendered = render(request, result)
    seconds = {"parse": parse_seconds, "detect": detected - began, "render": perf_counter() - detected}
    size = request.series.values.size
    return Outcome(rendered, result_headers(request, result), size, findings(result), seconds)


def findings(result: Result) -> dict[str, int]:
    """Count what was found, by direction."""
    if isinstance(result, detection.ChangePointResult):
        return {"change": int(np.count_nonzero(result.is_change_point))}
    return {
        "positive": int(np.count_nonzero(result.is_positive_anomaly)),
        "negative": int(np.count_nonzero(result.is_negative_anomaly)),
    }
