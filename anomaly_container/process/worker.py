"""The server that each worker process runs."""

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

import uvloop  # noqa: F401  # gunicorn would import it in each worker; before the fork, they share it

from anomaly_container.metering.directory import prepare
from anomaly_container.metering.usage import Usage
from anomaly_container.observability import metrics
from anomaly_container.observability.tracing import telemetry_of
from anomaly_container.process.counting import counting, usage_log_of
from anomaly_container.process.cpus import worker_count
from anomaly_container.process.http_log import http_log
from anomaly_container.process.launch import load_settings
from anomaly_container.process.services import services_of
from anomaly_container.process.signals import take_stops
from anomaly_container.web.admission import Admission
from anomaly_container.web.app import create_app
from anomaly_container.web.metering_watch import wait_for_metering_directory, watch_metering_directory
from anomaly_container.web.server.listener import Runner
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.metering.heartbeat import Heartbeat
    from anomaly_container.settings.base import CommonSettings
    from anomaly_container.web.server.acceptor import SharedSockets

# Gunicorn kills a worker after 8 seconds, and container runtimes kill all processes after 10. First the pages
# say that the worker stops, while it still accepts connections; then requests finish; then usage is reported.
DRAIN_SECONDS: Final = 2.0
SHUTDOWN_SECONDS: Final = 3.5
LAST_REPORT_SECONDS: Final = 2.0

# How long the thread keeps the interpreter when the event loop wants it. The loop asks for it anew for each
# socket: of 20 that received large bodies each waited for the 5 ms of Python's own.
SWITCH_SECONDS: Final = 0.001

# A worker without space for its counters cannot serve, and gunicorn ends the whole server if a worker cannot
# start. So the worker exits with 0 after a pause, and gunicorn starts the next one.
SECONDS_BETWEEN_STARTS: Final = 1.0
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


async def serve(shared: SharedSockets | None = None) -> Runner:
    """Return the server of this worker; gunicorn calls this once in each worker.

    Parameters
    ----------
    shared
        The sockets that this worker shares with others; None if it is the only one.
    """
    metrics.take_slot()
    settings = load_settings((), os.environ)
    metering = prepare(settings)
    services = services_of(settings.service)
    telemetry = telemetry_of(settings)
    meters = tuple(dict.fromkeys(name for service in services for name in service.meters))
    usage, heartbeat = await _usage(settings, metering, meters)
    shell = Shell(
        state=settings.mounts_output,
        usage=usage,
        admission=Admission(settings.max_waiting),
        workers=worker_count(settings, services),
        stop=stop_container,
    )
    app = create_app(settings, services, shell, telemetry)

    async def report(_app: web.Application) -> AsyncIterator[None]:
        stop = partial(drain, shell)
        if heartbeat:
            heartbeat.start()
            look = watch_metering_directory(usage, heartbeat, stop)
        else:
            look = wait_for_metering_directory(usage, stop)
        looking = asyncio.create_task(look)
        yield
        looking.cancel()
        # No request is left at this point, so the last reports are complete.
        await asyncio.gather(
            *(
                asyncio.to_thread(reporter.stop, LAST_REPORT_SECONDS)
                for reporter in (heartbeat, telemetry)
                if reporter
            )
        )
        usage.close()

    # First, so that it ends last: what services count while they close is reported too.
    app.cleanup_ctx.insert(0, report)
    # Replaces gunicorn's handler, which closes the sockets at once.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, drain, shell)
    take_stops()
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now lives as long as the process: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    return Runner(
        app,
        settings,
        shutdown_timeout=SHUTDOWN_SECONDS,
        logger=http_log(),
        error_answer=services[0].error_answer,
        shared=shared,
    )


async def _usage(
    settings: CommonSettings, metering: Path, meters: tuple[str, ...]
) -> tuple[Usage, Heartbeat | None]:
    """Return the counters of this worker and what reports them, or exit if the disk is full.

    If one of them cannot be created for another reason, because the directory was removed for example, the
    worker runs and refuses queries with an error that says so.
    """
    usage_log = usage_log_of(settings, metering)
    log = logging.getLogger(__name__)
    try:
        return counting(settings, metering, meters, usage_log)
    except OSError as error:
        if error.errno not in NO_SPACE:
            log.error("A worker refuses queries, for it has no place to count in: %s.", error.strerror)  # noqa: TRY400  # one line says it
            return Usage(metering, meters, usage_log, counts=False), None
        reason = error.strerror
    log.error("A worker waits for space to count in: %s.", reason)
    await asyncio.sleep(SECONDS_BETWEEN_STARTS)
    sys.exit(0)


def stop_container() -> None:
    """Stop the master, which stops all workers and then itself."""
    os.kill(os.getppid(), signal.SIGTERM)


def drain(shell: Shell) -> None:
    """Announce on the probes that this worker stops, and stop it when load balancers had time to notice."""
    if not shell.draining.is_set():
        shell.draining.set()
        # Gunicorn's signal for a stop without delay; requests in progress are still finished.
        asyncio.get_running_loop().call_later(DRAIN_SECONDS, os.kill, os.getpid(), signal.SIGQUIT)
