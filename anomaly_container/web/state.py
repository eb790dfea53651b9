"""What handlers find in the application and in a request, by typed key."""

from __future__ import annotations

from asyncio import Event, Semaphore
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.billing.counter import Counter
from anomaly_container.billing.usage_log import UsageLog
from anomaly_container.web.admission import Engine
from anomaly_container.web.buffers import Buffers
from anomaly_container.web.one_at_a_time import OneAtATime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.billing.policy import Policy
    from anomaly_container.observability.spans import RequestSpan
    from anomaly_container.web.files import File

ENGINE: Final = web.AppKey("engine", Engine)
READERS: Final = web.AppKey("readers", Semaphore)
"""Places for the files of the home page."""
BODY_SECONDS: Final = web.AppKey("body_seconds", float)
WRITE_SECONDS: Final = web.AppKey("write_seconds", float)
BUFFERS: Final = web.AppKey("buffers", Buffers)
COUNTER: Final = web.AppKey("counter", Counter)
"""There only when usage can be counted."""
POLICY: Final[web.AppKey[Policy]] = web.AppKey("policy")
DRAINING: Final = web.AppKey("draining", Event)
"""Set from the signal to stop until the end; queries are answered meanwhile."""
FILES: Final[web.AppKey[Mapping[str, File]]] = web.AppKey("files")
USAGE_LOG: Final = web.AppKey("usage_log", UsageLog)
"""Where usage is logged; there only while the container is not connected."""
USAGE_READER: Final = web.AppKey("usage_reader", OneAtATime)
"""Who adds it up for a page; there as long as the log."""
AWAITS_WORD: Final = web.RequestKey("awaits_word", bool)
"""There when the client waits to be told before it sends the body."""
HELD: Final = web.RequestKey("held", int)
"""Bytes of its body that are counted; there only if it did not come with the head."""
METERING: Final = web.AppKey("metering", Path)
"""The directory of counts."""
REQUEST_ID: Final = web.RequestKey("request_id", str)
BEGAN: Final = web.RequestKey("began", float)
"""When a request began; there only when requests are logged."""
POINTS: Final = web.RequestKey("points", int)
"""How many points the series has that was answered."""
SPAN: Final[web.RequestKey[RequestSpan]] = web.RequestKey("span")
"""There when telemetry is on."""
