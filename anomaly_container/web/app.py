"""The application of a port: combine its settings, shell, services, routes and middlewares."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from anomaly_container.web.access_keys import AccessKeys
from anomaly_container.web.middleware.access_log import note_begin
from anomaly_container.web.middleware.authentication import authentication
from anomaly_container.web.middleware.cors import cors
from anomaly_container.web.middleware.error_responses import error_responses
from anomaly_container.web.middleware.path_spelling import ANY_PATH, path_spelling, unreached
from anomaly_container.web.middleware.request_id import identify
from anomaly_container.web.middleware.request_metrics import request_metrics
from anomaly_container.web.middleware.tracing import tracing
from anomaly_container.web.pages.api_docs import api_docs_routes
from anomaly_container.web.pages.health import HealthPages, livez
from anomaly_container.web.pages.metrics import metrics_page
from anomaly_container.web.pages.static import static_routes
from anomaly_container.web.pages.usage_logs import UsageLogPages
from anomaly_container.web.readiness import readiness
from anomaly_container.web.request_body import postpone_continue
from anomaly_container.web.routing import Kind, Route, Table, by_fixed_text
from anomaly_container.web.server.buffers import Buffers
from anomaly_container.web.server.connection import protocol_arguments
from anomaly_container.web.state import BODY_SECONDS, BUFFERS, SHELL, WRITE_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

    from aiohttp.typedefs import Handler

    from anomaly_container.observability.spans import Telemetry
    from anomaly_container.settings.base import ShellSettings
    from anomaly_container.web.readiness import Readiness
    from anomaly_container.web.routing import Bound
    from anomaly_container.web.service import Service
    from anomaly_container.web.shell import Shell


def create_app(
    settings: ShellSettings,
    services: Sequence[Service[Any, Any]],
    shell: Shell,
    telemetry: Telemetry | None = None,
) -> web.Application:
    """Return the application of some services; to be called in the process that runs it.

    Parameters
    ----------
    settings
        The settings of the port, which are those of all its services.
    services
        The services of the port; the first serves `/` and shapes the errors that belong to none.
    shell
        The shell of this process.
    telemetry
        Sends the spans; None if they are not collected.

    Raises
    ------
    RouteConflictError
        If two services claim the same path.
    OSError
        If a file of a page is missing.
    """
    port = _Port(settings, services, shell)
    bound = port.bound()
    table = Table(bound)
    app = web.Application(
        # In the order in which a request passes them.
        middlewares=[
            *([note_begin] if settings.request_log else []),
            request_metrics(table, shell.admission),
            *([tracing(telemetry)] if telemetry else []),
            identify,
            *cors(settings, table),
            error_responses,
            *authentication(settings, shell.workers, settings.service, port.admin_keys()),
            path_spelling,
        ],
        client_max_size=settings.body_limit,
        handler_args=protocol_arguments(settings),
    )
    app[SHELL] = shell
    app[BODY_SECONDS] = settings.body_seconds
    app[WRITE_SECONDS] = settings.write_seconds
    app[BUFFERS] = Buffers(settings.max_buffered_bytes, settings.write_seconds)
    app.cleanup_ctx.append(port.open)
    # The router uses the first match.
    for _, route, _ in sorted(bound, key=lambda row: by_fixed_text(row[1].path)):
        if route.method == "GET":
            app.router.add_get(route.path, unreached)
        else:
            app.router.add_route(route.method, route.path, unreached, expect_handler=postpone_continue)
    app.router.add_route("*", ANY_PATH, unreached)
    return app


class _Port:
    """The services of a port and the resources of their handlers."""

    def __init__(self, settings: ShellSettings, services: Sequence[Service[Any, Any]], shell: Shell) -> None:
        self._settings = settings
        self._services = services
        self._shell = shell
        self._resources: dict[str, Any] = {}

    def bound(self) -> list[Bound]:
        """Return all routes; those that every port has belong to the first service."""
        first = self._services[0]
        return [
            *((first, route, _handler(route.handler, lambda: None)) for route in self._common_routes()),
            *(
                (service, route, _handler(route.handler, partial(self._resources.get, service.name)))
                for service in self._services
                for route in service.routes(self._settings)
            ),
        ]

    def admin_keys(self) -> dict[str, AccessKeys]:
        """Return the access keys for routes of the kind `admin`, by service."""
        files = {service.name: service.admin_keys(self._settings) for service in self._services}
        return {name: AccessKeys(path) for name, path in files.items() if path is not None}

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """Open the services in their order, and close them in the reverse order."""
        async with AsyncExitStack() as stack:
            for service in self._services:
                opened = service.open(self._settings, self._shell)
                self._resources[service.name] = await stack.enter_async_context(opened)
            yield
            await self._shell.supervisor.end()
        self._shell.close()

    def readiness(self) -> Readiness:
        """Return the readiness of the port."""
        return readiness(self._shell, [partial(self._ready, service) for service in self._services])

    def _ready(self, service: Service[Any, Any]) -> str | None:
        return service.ready(self._resources[service.name])

    def _common_routes(self) -> Iterator[Route[Any]]:
        first, usage = self._services[0], self._shell.usage
        health = HealthPages(self._settings.service, self._shell, self.readiness)
        yield from static_routes(self._services)
        if first.openapi is not None:
            yield from api_docs_routes(first.openapi)
        yield Route("GET", "/livez", livez, Kind.PROBE)
        yield Route("GET", "/readyz", health.readyz, Kind.PROBE)
        yield Route("GET", "/ready", health.ready, Kind.PAGE)
        build_info = {
            name: value for service in self._services for name, value in service.build_info().items()
        }
        yield Route("GET", "/metrics", metrics_page(usage, build_info), Kind.PAGE)
        if usage is not None:
            logs = UsageLogPages(usage.log, usage.meters)
            yield Route("GET", "/status", health.status, Kind.PAGE)
            yield Route("GET", "/records/usage-logs/", logs.total, Kind.PAGE)
            yield Route("GET", "/records/usage-logs/{MONTH}/{YEAR}", logs.of_month, Kind.PAGE)


def _handler(
    handler: Callable[[Any, web.Request], Awaitable[web.StreamResponse]], resources: Callable[[], Any]
) -> Handler:
    """Return a handler that needs only the request: the resources exist once the service is open."""

    def handle(request: web.Request) -> Awaitable[web.StreamResponse]:
        return handler(resources(), request)

    return handle
