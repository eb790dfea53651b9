"""Dispatch of a path in any spelling that its service allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.web.errors import ShellError
from anomaly_container.web.routing import MATCH

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

ANY_PATH: Final = "/{path:(?s:.*)}"
"""A route for the paths that aiohttp does not know: without a route it builds all middlewares anew."""


@web.middleware
async def path_spelling(request: web.Request, handler: Handler) -> web.StreamResponse:  # noqa: ARG001  # aiohttp passes it by name
    """Call the handler of the table, which aiohttp knows in one spelling only.

    Raises
    ------
    ShellError
        If the path is not served, or does not allow the method.
    """
    match = request[MATCH]
    if match.handler is not None:
        return await match.handler(request)
    if match.path is None:
        raise ShellError(404)
    raise ShellError(405, headers={"Allow": ",".join(match.allow)})


async def unreached(_request: web.Request) -> web.StreamResponse:
    """Stand in as the handler of each route of aiohttp: `path_spelling` calls that of the table.

    Raises
    ------
    AssertionError
        Always.
    """
    raise AssertionError
