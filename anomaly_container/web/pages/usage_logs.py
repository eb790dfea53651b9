"""The pages of a container without a connection: what it has metered, in all or in one month."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

from anomaly_container.metering.log_sender import InvalidMonthError, usage_logs
from anomaly_container.metering.usage_log import UsageLogError, read_records
from anomaly_container.services.univariate.contract.errors import UsageLogCode, platform_body
from anomaly_container.web.regular_file import regular_size
from anomaly_container.web.state import USAGE_LOG, USAGE_READER

if TYPE_CHECKING:
    from anomaly_container.metering.usage_log import UsageLog

MAX_LOG_BYTES: Final = 256 << 20
"""Some seven years of a record every ten minutes; a page of such a log takes ten seconds of a processor."""
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
        page = await request.app[USAGE_READER].call(partial(_sum, log, month, year))
    except InvalidMonthError:
        return _refusal(400, 400, InvalidMonthError.MESSAGE)
    except UsageLogError as error:
        return _refusal(503, UsageLogCode.DAMAGED, str(error))
    except OSError:
        return _refusal(503, UsageLogCode.UNREADABLE, UNREADABLE)
    return web.Response(body=orjson.dumps(page), content_type="application/json")


def _sum(log: UsageLog, month: str | None, year: str | None) -> dict[str, object]:
    """Add up the records.

    Raises
    ------
    OSError
        When there is a log that cannot be read, is not a regular file or has more bytes than are read here.
    """
    with suppress(FileNotFoundError):
        if regular_size(log.path) > MAX_LOG_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return usage_logs(read_records(log.path, log.key), month, year)


def _refusal(status: int, code: int | UsageLogCode, message: str) -> web.Response:
    return web.Response(
        status=status,
        body=platform_body(code, message),
        headers={"x-ms-error-code": str(code)},
        content_type="application/json",
    )
