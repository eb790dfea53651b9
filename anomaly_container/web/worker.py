"""What each worker process runs."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from anomaly_container.billing.directory import instance, prepare
from anomaly_container.billing.disconnected import FileTransport
from anomaly_container.billing.heartbeat import Heartbeat
from anomaly_container.observability import metrics
from anomaly_container.observability.telemetry import telemetry_of
from anomaly_container.web.app import create_app
from anomaly_container.web.counting_place import wait_for_place, watch_place
from anomaly_container.web.entrance import Runner
from anomaly_container.web.serve import load_settings
from anomaly_container.web.state import COUNTER, DRAINING, USAGE_LOG
from anomaly_container.web.stops import take_stops

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings import Settings

# Gunicorn kills a worker after 8 seconds, and container runtimes all of them after 10. First the pages say
# that it stops while it still takes connections; then running requests finish, and then usage is reported.
DRAIN_SECONDS: Final = 2.0
SHUTDOWN_SECONDS: Final = 3.5
LAST_REPORT_SECONDS: Final = 2.0

# How long the thread keeps the interpreter when the event loop wants it. The loop asks for it anew for each
# socket: of 20 that received large bodies each waited for the 5 ms of Python's own.
SWITCH_SECONDS: Final = 0.001

# A worker without a place for its counts cannot answer, and gunicorn ends the whole server when one fails to
# start. So it ends in peace, and gunicorn starts another one, which finds space or not.
SECONDS_BETWEEN_STARTS: Final = 1.0
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


async def serve() -> Runner:
    """Return the server of this worker; gunicorn calls this once in each."""
    metrics.take_slot()
    settings = load_settings((), os.environ)
    metering = prepare(settings)
    telemetry = telemetry_of(settings)
    app = await _app_or_way(settings, metering, telemetry)
    # A container that is not connected keeps its records in a log.
    sender = FileTransport(app[USAGE_LOG]) if USAGE_LOG in app else None
    heartbeat = Heartbeat(settings, metering, sender=sender) if COUNTER in app else None

    async def report(_app: web.Application) -> AsyncIterator[None]:
        stop = partial(drain, app)
        if heartbeat:
            heartbeat.start()
            look = watch_place(app, heartbeat, stop)
        else:
            look = wait_for_place(app, stop)
        looking = asyncio.create_task(look)
        yield
        looking.cancel()
        # Cleanup comes when no request is left, so that the last reports have them all.
        await asyncio.gather(
            *(
                asyncio.to_thread(reporter.stop, LAST_REPORT_SECONDS)
                for reporter in (heartbeat, telemetry)
                if reporter
            )
        )

    app.cleanup_ctx.append(report)
    # In the place of gunicorn's own handler, which closes the sockets at once.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, drain, app)
    take_stops()
    sys.setswitchinterval(SWITCH_SECONDS)
    log = logging.getLogger("anomaly_container.http")
    log.addFilter(without_exception_text)
    # What is loaded by now lives as long as the process: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    return Runner(app, settings, shutdown_timeout=SHUTDOWN_SECONDS, logger=log)


async def _app_or_way(settings: Settings, metering: Path, telemetry: Telemetry | None) -> web.Application:
    """Return the application, or make way for another worker when a full disk has no room for its counts.

    Without a place to count at all, say because somebody removed the directory, it refuses queries in words.
    """
    log = logging.getLogger(__name__)
    try:
        instance(metering)  # a heartbeat needs it too
        return create_app(settings, metering, telemetry)
    except OSError as error:
        if error.errno not in NO_SPACE:
            log.error("A worker refuses queries, for it has no place to count in: %s.", error.strerror)  # noqa: TRY400  # one line says it
            return create_app(settings, metering, telemetry, counts=False)
        reason = error.strerror
    log.error("A worker waits for space to count in: %s.", reason)
    await asyncio.sleep(SECONDS_BETWEEN_STARTS)
    sys.exit(0)


def drain(app: web.Application) -> None:
    """Tell probes that this worker stops, and let it stop when they and load balancers had time to see it."""
    if not app[DRAINING].is_set():
        app[DRAINING].set()
        # Gunicorn's signal for a stop without delay; running requests are still finished.
        asyncio.get_running_loop().call_later(DRAIN_SECONDS, os.kill, os.getpid(), signal.SIGQUIT)


def without_exception_text(record: logging.LogRecord) -> bool:
    """Name an exception and drop its text, which may quote what a client sent."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
        record.exc_info = None
    return True
