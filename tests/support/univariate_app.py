"""The univariate API on the shell, in the process of a test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from anomaly_container.metering.log_sender import log_path
from anomaly_container.metering.usage import Usage
from anomaly_container.metering.usage_log import UsageLog, derive_key
from anomaly_container.process.cpus import worker_count
from anomaly_container.services.univariate.service import SERVICE
from anomaly_container.settings.load import load
from anomaly_container.web.admission import Admission
from anomaly_container.web.app import create_app
from anomaly_container.web.pages import api_docs
from anomaly_container.web.pages.static import COMMON, page_files
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aiohttp import web

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings.base import CommonSettings

SOURCES = {
    **page_files((SERVICE,)),
    **{path: COMMON / name for path, name in api_docs.FILES.items()},
}
"""The files of pages by the path under which each is served."""
FILES = (*SOURCES, api_docs.OPENAPI_YAML, api_docs.OPENAPI_JSON)


class Row(NamedTuple):
    """A row of the table of routes; GET stands for HEAD too."""

    method: str
    path: str


def univariate_app(
    settings: CommonSettings, metering: Path, telemetry: Telemetry | None = None
) -> web.Application:
    """Return the application; it closes its counter when it ends."""
    usage = _usage(settings, metering)
    app = _app(settings, metering, usage, telemetry)

    async def close(_app: web.Application) -> AsyncIterator[None]:
        yield
        usage.close()

    app.cleanup_ctx.insert(0, close)
    return app


def _usage(settings: CommonSettings, metering: Path, *, counts: bool = True) -> Usage:
    log = None
    if settings.metering_mode == "disconnected":
        log = UsageLog(log_path(settings.billing, metering), derive_key(settings.api_key.get_secret_value()))
    return Usage(metering, SERVICE.meters, log, counts=counts)


def _app(
    settings: CommonSettings, metering: Path, usage: Usage, telemetry: Telemetry | None = None
) -> web.Application:
    shell = Shell(
        state=metering.parent,
        usage=usage,
        admission=Admission(settings.max_waiting),
        workers=worker_count(settings),
    )
    return create_app(settings, (SERVICE,), shell, telemetry)


def _rows() -> Iterator[Row]:
    settings = load(["Eula=accept", "Billing=http://127.0.0.1:5001/", "ApiKey=key"], {}, {})
    nowhere = Path("/nowhere")
    for route in _app(settings, nowhere, _usage(settings, nowhere, counts=False)).router.routes():
        # The route for any path is not one of the application's own.
        if route.method not in {"HEAD", "*"} and route.resource is not None:
            yield Row(route.method, route.resource.canonical)


ROUTES = tuple(_rows())
"""What the application serves: the routes of the API and those of every port."""
