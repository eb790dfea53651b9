"""The application: the only place where settings, engine, metering, routes and middlewares meet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.billing.counter import Counter
from anomaly_container.billing.disconnected import log_path
from anomaly_container.billing.policy import ClosedPolicy, PolicyByte
from anomaly_container.billing.usage_log import UsageLog, derive_key
from anomaly_container.contract.limits import Limits
from anomaly_container.web.access import access
from anomaly_container.web.admission import Engine
from anomaly_container.web.body import put_off
from anomaly_container.web.buffers import Buffers
from anomaly_container.web.connection import protocol_arguments
from anomaly_container.web.cors import cors
from anomaly_container.web.files import read_files
from anomaly_container.web.measure import measured
from anomaly_container.web.middlewares import accept_any_spelling, answer_errors, identify
from anomaly_container.web.one_at_a_time import OneAtATime
from anomaly_container.web.request_log import note_begin
from anomaly_container.web.routes import ROUTES
from anomaly_container.web.series_file import MAX_FILES
from anomaly_container.web.state import (
    BODY_SECONDS,
    BUFFERS,
    COUNTER,
    DRAINING,
    ENGINE,
    FILES,
    METERING,
    POLICY,
    READERS,
    USAGE_LOG,
    USAGE_READER,
    WRITE_SECONDS,
)
from anomaly_container.web.telemetry import told_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anomaly_container.billing.policy import Policy
    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings import Settings


def create_app(
    settings: Settings, metering: Path, telemetry: Telemetry | None = None, *, counts: bool = True
) -> web.Application:
    """Return the application that these settings ask for; to be called in the process that runs it.

    Parameters
    ----------
    settings
        What to serve, and how.
    metering
        The directory of counts, as `billing.directory.prepare` returned it.
    telemetry
        What is told of every request, if anybody wants to know.
    counts
        Whether usage is counted. Otherwise pages are served and all queries refused.

    Raises
    ------
    OSError
        When that directory takes no more files, or a file of the pages is missing.
    """
    policy: Policy = PolicyByte(metering) if counts else ClosedPolicy()
    counter = Counter.open(metering) if counts else None
    app = web.Application(
        middlewares=[
            *([note_begin] if settings.request_log else []),
            *([told_to(telemetry)] if telemetry else []),
            *(measured(), identify, *cors(settings), answer_errors, *access(settings), accept_any_spelling),
        ],
        client_max_size=settings.body_limit,
        handler_args=protocol_arguments(settings),
    )
    limits = Limits(max_points=settings.max_points, max_depth=settings.max_depth)
    engine = Engine(limits, settings.max_waiting)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        engine.close()
        if counter:
            counter.close()
        policy.close()

    app[ENGINE] = engine
    app[READERS] = asyncio.Semaphore(MAX_FILES)
    app[BODY_SECONDS] = settings.body_seconds
    app[WRITE_SECONDS] = settings.write_seconds
    app[BUFFERS] = Buffers(settings.max_buffered_bytes, settings.write_seconds)
    if counter:
        app[COUNTER] = counter
    app[POLICY] = policy
    app[METERING] = metering
    app[DRAINING] = asyncio.Event()
    app[FILES] = read_files()
    if settings.metering_mode == "disconnected":
        app[USAGE_READER] = OneAtATime()
        app[USAGE_LOG] = UsageLog(
            log_path(settings.billing, metering), derive_key(settings.api_key.get_secret_value())
        )
    app.cleanup_ctx.append(close)
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.path, route.handler)
        else:
            app.router.add_route(route.method, route.path, route.handler, expect_handler=put_off)
    return app
