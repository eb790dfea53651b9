"""The pages of a container without a connection: what it has metered, in all or in one month."""

from __future__ import annotations

import asyncio
from typing import Final

import orjson
from aiohttp import web

from anomaly_container.billing.disconnected import InvalidMonthError, usage_logs
from anomaly_container.billing.usage_log import UsageLogError, read_records
from anomaly_container.contract.errors import UsageLogCode, platform_body
from anomaly_container.web.state import USAGE_LOG

UNREADABLE: Final = "The usage log cannot be read."


async def total(request: web.Request) -> web.Response:
    """Answer with the sum of all time."""
    return await _page(request)


async def of_month(request: web.Request) -> web.Response:
    """Answer with the sum of one month."""
    return await _page(request, request.match_info["MONTH"], request.match_info["YEAR"])


async def _page(request: web.Request, month: str | None = None, year: str | None = None) -> web.Response:
    log = request.app.get(USAGE_LOG)
    if log is None:
        raise web.HTTPNotFound
    try:
        page = await asyncio.to_thread(lambda: usage_logs(read_records(log.path, log.key), month, year))
    except InvalidMonthError:
        return _refusal(400, 400, InvalidMonthError.MESSAGE)
    except UsageLogError as error:
        return _refusal(503, UsageLogCode.DAMAGED, str(error))
    except OSError:
        return _refusal(503, UsageLogCode.UNREADABLE, UNREADABLE)
    return web.Response(body=orjson.dumps(page), content_type="application/json")


def _refusal(status: int, code: int | UsageLogCode, message: str) -> web.Response:
    return web.Response(
        status=status,
        body=platform_body(code, message),
        headers={"x-ms-error-code": str(code)},
        content_type="application/json",
    )
