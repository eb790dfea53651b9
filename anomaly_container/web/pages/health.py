"""The pages a probe reads: status, readiness and life."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

from anomaly_container.metering.policy import MESSAGES, Gate
from anomaly_container.web.state import DRAINING, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "anomalydetector"
STOPPING: Final = "The container is stopping."
PROBE: Final = "Send a series to this path with POST."


async def status(request: web.Request) -> web.Response:
    """Tell whether the key given at start is valid, always with 200."""
    word, _, _ = request.app[POLICY].read()
    return _json(200, {"service": SERVICE, "apiStatus": word, "apiStatusMessage": MESSAGES[word]})


async def ready(request: web.Request) -> web.Response:
    """Tell whether the container can take a query: with 200, or with 503."""
    word, gate, seconds = request.app[POLICY].read()
    is_draining = request.app[DRAINING].is_set()
    is_ready = gate is Gate.SERVE and not is_draining
    message = STOPPING if is_draining else MESSAGES[word]
    return _json(
        200 if is_ready else 503,
        {"service": SERVICE, "ready": "ready" if is_ready else "notready", "message": message},
        {"Retry-After": str(seconds)} if gate is Gate.COULD_NOT_CONNECT and not is_draining else {},
    )


async def probe(_request: web.Request) -> web.Response:
    """Tell a client that looks before it posts, as Power BI does, that queries go here."""
    return _json(200, {"message": PROBE})


async def livez(_request: web.Request) -> web.Response:
    """Tell that the process answers."""
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """Tell what `ready` tells, in the words of Kubernetes."""
    word, gate, _ = request.app[POLICY].read()
    if request.app[DRAINING].is_set():
        return web.Response(status=503, text=f"not ready: {STOPPING}")
    if gate is Gate.SERVE:
        return web.Response(text="ok")
    return web.Response(status=503, text=f"not ready: {MESSAGES[word]}")


def _json(
    status: int, page: Mapping[str, str], headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    body = orjson.dumps(page)
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")
