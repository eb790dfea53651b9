"""Dispatch of paths in another spelling than in the table of routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from anomaly_container.web.routing import Table


def path_spelling(table: Table) -> Middleware:
    """Return the middleware that dispatches a path in any spelling that its service allows."""

    @web.middleware
    async def dispatch(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is None:
            return await handler(request)
        match = table.match(request)
        if match.handler is not None:
            return await match.handler(request)
        if match.path is None:
            raise web.HTTPNotFound
        raise web.HTTPMethodNotAllowed(request.method, match.allow)

    return dispatch
