"""The pages a person or a probe reads: home, status and readiness."""

from __future__ import annotations

from typing import Final

from aiohttp import web

STATUS: Final = (
    b'{"service":"anomalydetector","apiStatus":"Valid",'
    b'"apiStatusMessage":"Api Key is valid, no action needed."}'
)
READY: Final = (
    b'{"service":"anomalydetector","ready":"ready","message":"Api Key is valid, no action needed."}'
)
HOME: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Anomaly Detector</title></head>
<body>
<h1>Anomaly Detector</h1>
<p>The container is running.</p>
<ul>
<li><a href="/status">Service status</a></li>
<li><a href="/ready">Ready to take a query</a></li>
</ul>
<p>Send <code>POST</code> requests to:</p>
<ul>
<li><code>/anomalydetector/v1.1/timeseries/entire/detect</code></li>
<li><code>/anomalydetector/v1.1/timeseries/last/detect</code></li>
<li><code>/anomalydetector/v1.1/timeseries/changepoint/detect</code></li>
</ul>
</body>
</html>
"""


async def home(_request: web.Request) -> web.Response:
    """Answer with a page of links."""
    return web.Response(text=HOME, content_type="text/html")


async def status(_request: web.Request) -> web.Response:
    """Tell whether the key given at start is valid, always with 200."""
    return web.Response(body=STATUS, content_type="application/json")


async def ready(_request: web.Request) -> web.Response:
    """Tell whether the container can take a query."""
    return web.Response(body=READY, content_type="application/json")
