"""The application: the only place where settings, engine, routes and middlewares meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from anomaly_container.contract.limits import Limits
from anomaly_container.engine import Engine
from anomaly_container.web.middlewares import accept_any_spelling, answer_errors, identify
from anomaly_container.web.routes import ROUTES
from anomaly_container.web.state import BODY_SECONDS, ENGINE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.settings import Settings


def create_app(settings: Settings) -> web.Application:
    """Return the application that these settings ask for."""
    app = web.Application(
        middlewares=[identify, answer_errors, accept_any_spelling],
        client_max_size=settings.body_limit,
        # The server's own parser would answer a broken encoding itself, and not in JSON.
        handler_args={"auto_decompress": False},
    )
    engine = Engine(Limits(max_points=settings.max_points), settings.max_waiting)

    async def close_engine(_app: web.Application) -> AsyncIterator[None]:
        yield
        engine.close()

    app[ENGINE] = engine
    app[BODY_SECONDS] = settings.body_seconds
    app.cleanup_ctx.append(close_engine)
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.path, route.handler)
        else:
            app.router.add_route(route.method, route.path, route.handler)
    return app
