"""The typed keys of the application and of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.web.server.buffers import Buffers
from anomaly_container.web.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.observability.spans import RequestSpan

SHELL: Final = web.AppKey("shell", Shell)
BODY_SECONDS: Final = web.AppKey("body_seconds", float)
WRITE_SECONDS: Final = web.AppKey("write_seconds", float)
BUFFERS: Final = web.AppKey("buffers", Buffers)
AWAITS_CONTINUE: Final = web.RequestKey("awaits_continue", bool)
"""Set if the client waits for `100 Continue` before it sends the body."""
HELD: Final = web.RequestKey("held", int)
"""Reserved bytes of the body; 0 if it arrived with the head."""
REQUEST_ID: Final = web.RequestKey("request_id", str)
BEGAN: Final = web.RequestKey("began", float)
"""The time when a request began; set only if requests are logged."""
FACTS: Final[web.RequestKey[Mapping[str, object]]] = web.RequestKey("facts")
"""Fields that a handler adds to the request log, for example the points of a series."""
SPAN: Final[web.RequestKey[RequestSpan]] = web.RequestKey("span")
"""Set if telemetry is on."""
