"""What handlers find in the application and in a request, by typed key."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from anomaly_container.engine import Engine

ENGINE: Final = web.AppKey("engine", Engine)
BODY_SECONDS: Final = web.AppKey("body_seconds", float)
REQUEST_ID: Final = web.RequestKey("request_id", str)
