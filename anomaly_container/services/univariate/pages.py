"""The response to GET on the path of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

from anomaly_container.web.errors import JSON

if TYPE_CHECKING:
    from anomaly_container.services.univariate.engine import Engine

PROBE: Final = "Send a series to this path with POST."
_PROBE_BODY: Final = orjson.dumps({"message": PROBE})


async def probe(_engine: Engine, _request: web.Request) -> web.Response:
    """Say that queries go here; Power BI, for example, sends GET before POST."""
    return web.Response(body=_PROBE_BODY, content_type=JSON)
