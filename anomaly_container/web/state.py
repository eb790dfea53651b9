"""What handlers find in the application and in a request, by typed key."""

from __future__ import annotations

from asyncio import Event
from typing import Final

from aiohttp import web

from anomaly_container.billing.counter import Counter
from anomaly_container.billing.policy import PolicyByte
from anomaly_container.billing.usage_log import UsageLog
from anomaly_container.engine import Engine

ENGINE: Final = web.AppKey("engine", Engine)
BODY_SECONDS: Final = web.AppKey("body_seconds", float)
COUNTER: Final = web.AppKey("counter", Counter)
POLICY: Final = web.AppKey("policy", PolicyByte)
DRAINING: Final = web.AppKey("draining", Event)
"""Set from the signal to stop until the end; queries are answered meanwhile."""
USAGE_LOG: Final = web.AppKey("usage_log", UsageLog)
"""Where usage is logged; there only while the container is not connected."""
REQUEST_ID: Final = web.RequestKey("request_id", str)
