"""The usage pages of a disconnected container: in total, or for one month."""

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
from anomaly_container.web.errors import JSON, ShellError
from anomaly_container.web.page_thread import PageThread
from anomaly_container.web.regular_file import regular_size

if TYPE_CHECKING:
    from collections.abc import Collection

    from anomaly_container.metering.usage_log import UsageLog

MAX_LOG_BYTES: Final = 256 << 20
"""About seven years of a record every ten minutes; a page for such a log takes ten seconds of CPU time."""
DAMAGED: Final = "UsageLogDamaged"
UNREADABLE: Final = "UsageLogUnreadable"
UNREADABLE_MESSAGE: Final = "The usage log cannot be read."


class UsageLogPages:
    """The handlers of the pages.

    Parameters
    ----------
    log
        The usage log; None if the container is connected.
    meters
        The meters of the container's services, which the pages list.
    """

    def __init__(self, log: UsageLog | None, meters: Collection[str]) -> None:
        self._log = log
        self._meters = meters
        self._thread = PageThread()

    async def total(self, _resources: object, _request: web.Request) -> web.Response:
        """Respond with the total usage."""
        return await self._page()

    async def of_month(self, _resources: object, request: web.Request) -> web.Response:
        """Respond with the usage of one month."""
        return await self._page(request.match_info["MONTH"], request.match_info["YEAR"])

    async def _page(self, month: str | None = None, year: str | None = None) -> web.Response:
        log = self._log
        if log is None:
            raise web.HTTPNotFound
        try:
            page = await self._thread.run(partial(_sum, log, self._meters, month, year))
        except InvalidMonthError:
            raise ShellError(400, message=InvalidMonthError.MESSAGE) from None
        except UsageLogError as error:
            raise ShellError(503, DAMAGED, str(error)) from None
        except OSError:
            raise ShellError(503, UNREADABLE, UNREADABLE_MESSAGE) from None
        return web.Response(body=orjson.dumps(page), content_type=JSON)


def _sum(log: UsageLog, meters: Collection[str], month: str | None, year: str | None) -> dict[str, object]:
    """Sum the usage records.

    Raises
    ------
    OSError
        If the log exists, but cannot be read, is not a regular file or is too large.
    """
    with suppress(FileNotFoundError):
        if regular_size(log.path) > MAX_LOG_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return usage_logs(read_records(log.path, log.key), meters, month, year)
