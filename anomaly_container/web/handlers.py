"""The handler of the three detection operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.web.body import read_body
from anomaly_container.web.state import ENGINE

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from anomaly_container.contract.versions import ApiVersion, Operation


def univariate(operation: Operation, version: ApiVersion) -> Handler:
    """Return the handler of one operation in one version of the API."""

    async def detect(request: web.Request) -> web.Response:
        body = await read_body(request)
        answer = await request.app[ENGINE].answer(body, operation, version)
        return web.Response(body=answer.body, headers=answer.headers, content_type="application/json")

    return detect
