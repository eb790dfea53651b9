"""The univariate API on the shell, in the process of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.metering.log_sender import log_path
from anomaly_container.metering.usage import Usage
from anomaly_container.metering.usage_log import UsageLog, derive_key
from anomaly_container.process.cpus import worker_count
from anomaly_container.services.univariate.service import SERVICE
from anomaly_container.web.admission import Admission
from anomaly_container.web.app import create_app
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import web

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings.base import CommonSettings


def univariate_app(
    settings: CommonSettings, metering: Path, telemetry: Telemetry | None = None
) -> web.Application:
    """Return the application; it closes its counter when it ends."""
    log = None
    if settings.metering_mode == "disconnected":
        log = UsageLog(log_path(settings.billing, metering), derive_key(settings.api_key.get_secret_value()))
    usage = Usage(metering, SERVICE.meters, log)
    shell = Shell(
        state=metering.parent,
        usage=usage,
        admission=Admission(settings.max_waiting),
        workers=worker_count(settings),
    )
    app = create_app(settings, (SERVICE,), shell, telemetry)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        usage.close()

    app.cleanup_ctx.insert(0, close)
    return app
