"""A service in one process, without gunicorn."""

from __future__ import annotations

import asyncio
import logging
import logging.config
import signal
import sys
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.observability.logging import START, logging_config
from anomaly_container.observability.tracing import telemetry_of
from anomaly_container.process.http_log import http_log
from anomaly_container.process.port import ListenError, address, try_to_bind
from anomaly_container.process.services import services_of
from anomaly_container.web.admission import Admission
from anomaly_container.web.app import create_app
from anomaly_container.web.server.listener import Runner
from anomaly_container.web.service import StartError
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.settings.base import ShellSettings

REFUSED: Final = 1
SECONDS_TO_FINISH: Final = 5.0
"""How long running requests have at the end."""
LAST_REPORT_SECONDS: Final = 2.0

log = logging.getLogger(START)


def run(settings: ShellSettings) -> int:
    """Serve until a signal stops the process, and return its exit code.

    Parameters
    ----------
    settings
        The settings of a port whose services count no usage.
    """
    logging.config.dictConfig(logging_config(settings))
    try:
        asyncio.run(_serve(settings))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


async def _serve(settings: ShellSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner, shell = _runner(settings)
    try:
        await runner.setup()
        await _listen(runner, settings)
        await stop.wait()
        shell.draining.set()
    finally:
        await runner.cleanup()


def _runner(settings: ShellSettings) -> tuple[Runner, Shell]:
    services = services_of(settings.service)
    shell = Shell(state=settings.mounts_output, admission=Admission(settings.max_waiting))
    telemetry = telemetry_of(settings)
    app = create_app(settings, services, shell, telemetry)

    async def report(_app: web.Application) -> AsyncIterator[None]:
        yield
        if telemetry:
            await asyncio.to_thread(telemetry.stop, LAST_REPORT_SECONDS)

    # First, so that its end comes last.
    app.cleanup_ctx.insert(0, report)
    runner = Runner(
        app,
        settings,
        shutdown_timeout=SECONDS_TO_FINISH,
        logger=http_log(),
        error_answer=services[0].error_answer,
    )
    return runner, shell


async def _listen(runner: Runner, settings: ShellSettings) -> None:
    """Begin to take connections; this is the only place where the port is bound.

    Raises
    ------
    StartError
        If the port is in use, or the address is not one of this machine.
    """
    try:
        try_to_bind(settings.host, settings.port)
        await web.TCPSite(runner, settings.host, settings.port).start()
    except ListenError as error:
        raise StartError(str(error)) from None
    except OSError as error:
        raise StartError(str(ListenError(settings.host, settings.port, error))) from None
    scheme = "https" if settings.tls_certificate else "http"
    log.info("Now listening on: %s://%s", scheme, address(settings.host, settings.port))
    log.info("Press Ctrl+C to shut down.")
