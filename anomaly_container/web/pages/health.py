"""The health pages: liveness, readiness and status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from anomaly_container.metering.policy import MESSAGES
from anomaly_container.web.errors import JSON, NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anomaly_container.web.readiness import Readiness
    from anomaly_container.web.shell import Shell


async def livez(_resources: object, _request: web.Request) -> web.Response:
    """Respond with 200: the process is alive."""
    return web.Response(text="ok")


class HealthPages:
    """The pages that depend on the state of the process.

    Parameters
    ----------
    service
        The value of `Service=`.
    shell
        The shell of this process.
    readiness
        Returns the readiness of the port.
    """

    def __init__(self, service: str, shell: Shell, readiness: Callable[[], Readiness]) -> None:
        self._service = service
        self._shell = shell
        self._readiness = readiness

    async def status(self, _resources: object, _request: web.Request) -> web.Response:
        """Respond with the status of the API key, always with 200."""
        status, _, _ = self._shell.gate.standing()
        return _json(
            200, {"service": self._service, "apiStatus": status, "apiStatusMessage": MESSAGES[status]}
        )

    async def ready(self, _resources: object, _request: web.Request) -> web.Response:
        """Respond with the readiness as JSON, with 200 or 503."""
        now = self._readiness()
        return _json(
            200 if now.is_ready else 503,
            {
                "service": self._service,
                "ready": "ready" if now.is_ready else "notready",
                "message": now.message,
            },
            NOTHING if now.retry_after is None else {"Retry-After": str(now.retry_after)},
        )

    async def readyz(self, _resources: object, _request: web.Request) -> web.Response:
        """Respond with the readiness as text for Kubernetes, with 200 or 503."""
        now = self._readiness()
        if now.is_ready:
            return web.Response(text="ok")
        return web.Response(status=503, text=f"not ready: {now.message}")


def _json(status: int, page: Mapping[str, str], headers: Mapping[str, str] = NOTHING) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(page), headers=headers, content_type=JSON)
