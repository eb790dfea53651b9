"""The handler of the three detection operations."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.meters import wire_name
from anomaly_container.services.univariate import metrics
from anomaly_container.services.univariate.contract.response import billing_units
from anomaly_container.services.univariate.contract.versions import Operation
from anomaly_container.web.metered import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from anomaly_container.services.univariate.contract.versions import ApiVersion
    from anomaly_container.services.univariate.engine import Engine

CALLS: Final = {
    Operation.ENTIRE: wire_name("EntireDetect"),
    Operation.LAST: wire_name("LastDetect"),
    Operation.CHANGE_POINT: wire_name("ChangePointDetect"),
}
DATA_POINTS: Final = wire_name("DataPoints")
METERS: Final = (*CALLS.values(), DATA_POINTS)

# Looking up a metric by its labels costs as much as counting, so the lookups are cached.
_points = cache(metrics.POINTS.labels)
_found = cache(metrics.FOUND.labels)
_stage = cache(metrics.STAGE.labels)


def detect(
    operation: Operation, version: ApiVersion
) -> Callable[[Engine, bytes, web.Request], Awaitable[Answer]]:
    """Return the handler of one operation in one version of the API."""

    async def handle(engine: Engine, body: bytes, _request: web.Request) -> Answer:
        outcome = await engine.answer(body, operation, version)
        _points(operation).inc(outcome.points)
        for direction, number in outcome.found.items():
            _found(direction).inc(number)
        for stage, seconds in outcome.seconds.items():
            _stage(stage).observe(seconds)
        amounts = {CALLS[operation]: 1, DATA_POINTS: billing_units(outcome.points)}
        return Answer(outcome.body, outcome.headers, amounts, {"points": outcome.points})

    return handle
