"""From a request's bytes to the answer's bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.detection import univariate as detection
from anomaly_container.detection.univariate import ChangePointOptions
from anomaly_container.services.univariate.contract.request import Request, parse
from anomaly_container.services.univariate.contract.response import Result, render, result_headers
from anomaly_container.services.univariate.contract.versions import ApiVersion, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.univariate.contract.limits import Limits


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
    return respond(request, perf_counter() - began)


def respond(request: Request, parse_seconds: float) -> Answer:
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
    return Answer(rendered, result_headers(request, result), size, findings(result), seconds)


def findings(result: Result) -> dict[str, int]:
    """Count what was found, by direction."""
    if isinstance(result, detection.ChangePointResult):
        return {"change": int(np.count_nonzero(result.is_change_point))}
    return {
        "positive": int(np.count_nonzero(result.is_positive_anomaly)),
        "negative": int(np.count_nonzero(result.is_negative_anomaly)),
    }
