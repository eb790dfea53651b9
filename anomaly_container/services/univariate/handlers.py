"""The handler of the three detection operations."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.meters import Meter, thousands_begun
from anomaly_container.observability import metrics
from anomaly_container.services.univariate.contract.versions import Operation
from anomaly_container.web.metering_gate import pass_gate
from anomaly_container.web.request_body import read_body
from anomaly_container.web.server.counted_response import CountedResponse
from anomaly_container.web.state import COUNTER, ENGINE, POINTS, POLICY, WRITE_SECONDS

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.typedefs import Handler

    from anomaly_container.services.univariate.contract.versions import ApiVersion

METERS: Final = {
    Operation.ENTIRE: Meter.ENTIRE_DETECT,
    Operation.LAST: Meter.LAST_DETECT,
    Operation.CHANGE_POINT: Meter.CHANGE_POINT_DETECT,
}

# Looking up a figure by its labels costs as much as counting: each is looked up once.
_points = cache(metrics.POINTS.labels)
_found = cache(metrics.FOUND.labels)
_stage = cache(metrics.STAGE.labels)


def univariate(operation: Operation, version: ApiVersion) -> Handler:
    """Return the handler of one operation in one version of the API."""

    async def detect(request: web.Request) -> web.Response:
        pass_gate(request.app[POLICY])
        body = await read_body(request)
        answer = await request.app[ENGINE].answer(body, operation, version)
        request[POINTS] = answer.points
        _points(operation).inc(answer.points)
        for direction, number in answer.found.items():
            _found(direction).inc(number)
        for stage, seconds in answer.seconds.items():
            _stage(stage).observe(seconds)
        amounts = {METERS[operation]: 1, Meter.DATA_POINTS: thousands_begun(answer.points)}
        return CountedResponse(
            request.app[COUNTER], amounts, answer.body, answer.headers, request.app[WRITE_SECONDS]
        )

    return detect
