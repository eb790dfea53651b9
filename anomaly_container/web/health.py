"""The pages a probe reads: status, readiness and life."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from aiohttp import web

from anomaly_container.billing.policy import MESSAGES, Gate
from anomaly_container.web.state import POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = "anomalydetector"


async def status(request: web.Request) -> web.Response:
    """Tell whether the key given at start is valid, always with 200."""
    word, _, _ = request.app[POLICY].read()
    return _json(200, {"service": SERVICE, "apiStatus": word, "apiStatusMessage": MESSAGES[word]})


async def ready(request: web.Request) -> web.Response:
    """Tell whether the container can take a query: with 200, or with 503."""
    word, gate, seconds = request.app[POLICY].read()
    is_ready = gate is Gate.SERVE
    return _json(
        200 if is_ready else 503,
        {"service": SERVICE, "ready": "ready" if is_ready else "notready", "message": MESSAGES[word]},
        {"Retry-After": str(seconds)} if gate is Gate.COULD_NOT_CONNECT else {},
    )


async def livez(_request: web.Request) -> web.Response:
    """Tell that the process answers."""
    return web.Response(text="ok")


async def readyz(request: web.Request) -> web.Response:
    """Tell what `ready` tells, in the words of Kubernetes."""
    word, gate, _ = request.app[POLICY].read()
    if gate is Gate.SERVE:
        return web.Response(text="ok")
    return web.Response(status=503, text=f"not ready: {MESSAGES[word]}")


def _json(
    status: int, page: Mapping[str, str], headers: Mapping[str, str] = MappingProxyType({})
) -> web.Response:
    body = orjson.dumps(page)
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")
