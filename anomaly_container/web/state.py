"""What handlers and middlewares find in the application and in a request, by typed key."""

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
"""Bytes of its body that are counted; set only if it did not come with the head."""
REQUEST_ID: Final = web.RequestKey("request_id", str)
BEGAN: Final = web.RequestKey("began", float)
"""When a request began; set only if requests are logged."""
FACTS: Final[web.RequestKey[Mapping[str, object]]] = web.RequestKey("facts")
"""What a handler adds to the line of the log: the points of a series, for example."""
SPAN: Final[web.RequestKey[RequestSpan]] = web.RequestKey("span")
"""Set if telemetry is on."""
