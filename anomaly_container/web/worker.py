"""What each worker process runs."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.billing.directory import prepare
from anomaly_container.billing.disconnected import FileTransport
from anomaly_container.billing.heartbeat import Heartbeat
from anomaly_container.billing.usage_log import UsageLog, derive_key
from anomaly_container.observability.telemetry import telemetry_of
from anomaly_container.web.app import create_app
from anomaly_container.web.serve import load_settings
from anomaly_container.web.state import USAGE_LOG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.settings import Settings

# Longer than proxies keep an idle connection, so that they never write into one that closes.
KEEPALIVE_SECONDS: Final = 75
# Gunicorn kills a worker after 8 seconds, and container runtimes all of them after 10. Up to one passes until
# a worker notices that it is to stop; then running requests finish, and then usage is reported.
SHUTDOWN_SECONDS: Final = 4.5
LAST_REPORT_SECONDS: Final = 2.0


async def serve() -> web.AppRunner:
    """Return the server of this worker; gunicorn calls this once in each."""
    settings = load_settings((), os.environ)
    metering = prepare(settings)
    telemetry = telemetry_of(settings)
    app = create_app(settings, metering, telemetry)
    heartbeat = Heartbeat(settings, metering, sender=_usage_log(settings, app))

    async def report(_app: web.Application) -> AsyncIterator[None]:
        heartbeat.start()
        yield
        # Cleanup comes when no request is left, so that the last reports have them all.
        await asyncio.gather(
            *(
                asyncio.to_thread(reporter.stop, LAST_REPORT_SECONDS)
                for reporter in (heartbeat, telemetry)
                if reporter
            )
        )

    app.cleanup_ctx.append(report)
    log = logging.getLogger("anomaly_container.http")
    log.addFilter(without_exception_text)
    # What is loaded by now lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        logger=log,
    )


def _usage_log(settings: Settings, app: web.Application) -> FileTransport | None:
    """Return what takes the records of a container that is not connected."""
    if USAGE_LOG not in app:
        return None
    return FileTransport(UsageLog(app[USAGE_LOG], derive_key(settings.api_key.get_secret_value())))


def without_exception_text(record: logging.LogRecord) -> bool:
    """Name an exception and drop its text, which may quote what a client sent."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
        record.exc_info = None
    return True
