"""What handlers find in the application and in a request, by typed key."""

from __future__ import annotations

from asyncio import Event, Semaphore
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.billing.counter import Counter
from anomaly_container.billing.policy import PolicyByte
from anomaly_container.billing.usage_log import UsageLog
from anomaly_container.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.observability.spans import RequestSpan
    from anomaly_container.web.files import File

ENGINE: Final = web.AppKey("engine", Engine)
READERS: Final = web.AppKey("readers", Semaphore)
"""Places for the files of the home page."""
BODY_SECONDS: Final = web.AppKey("body_seconds", float)
COUNTER: Final = web.AppKey("counter", Counter)
POLICY: Final = web.AppKey("policy", PolicyByte)
DRAINING: Final = web.AppKey("draining", Event)
"""Set from the signal to stop until the end; queries are answered meanwhile."""
FILES: Final[web.AppKey[Mapping[str, File]]] = web.AppKey("files")
USAGE_LOG: Final = web.AppKey("usage_log", UsageLog)
"""Where usage is logged; there only while the container is not connected."""
AWAITS_WORD: Final = web.RequestKey("awaits_word", bool)
"""There when the client waits to be told before it sends the body."""
METERING: Final = web.AppKey("metering", Path)
"""The directory of counts."""
REQUEST_ID: Final = web.RequestKey("request_id", str)
BEGAN: Final = web.RequestKey("began", float)
"""When a request began; there only when requests are logged."""
POINTS: Final = web.RequestKey("points", int)
"""How many points the series has that was answered."""
SPAN: Final[web.RequestKey[RequestSpan]] = web.RequestKey("span")
"""There when telemetry is on."""
