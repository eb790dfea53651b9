"""The pages of a container without a connection: what it has metered, in all or in one month."""

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web

from anomaly_container.billing.disconnected import InvalidMonthError, usage_logs
from anomaly_container.billing.usage_log import read_records
from anomaly_container.contract.errors import platform_body
from anomaly_container.web.state import USAGE_LOG


async def total(request: web.Request) -> web.Response:
    """Answer with the sum of all time."""
    return await _page(request)


async def of_month(request: web.Request) -> web.Response:
    """Answer with the sum of one month."""
    return await _page(request, request.match_info["MONTH"], request.match_info["YEAR"])


async def _page(request: web.Request, month: str | None = None, year: str | None = None) -> web.Response:
    path = request.app.get(USAGE_LOG)
    if path is None:
        raise web.HTTPNotFound
    try:
        page = await asyncio.to_thread(lambda: usage_logs(read_records(path), month, year))
    except InvalidMonthError:
        return web.Response(
            status=400,
            body=platform_body(400, InvalidMonthError.MESSAGE),
            headers={"x-ms-error-code": "400"},
            content_type="application/json",
        )
    return web.Response(body=orjson.dumps(page), content_type="application/json")
