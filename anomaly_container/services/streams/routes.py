"""The routes of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams import handlers
from anomaly_container.web.metered import metered
from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from anomaly_container.services.streams.resources import Streams


def routes(_settings: object) -> list[Route[Streams]]:
    """Return the routes."""
    invocations = metered(handlers.invocations)
    facts = {"operation": "invocations"}
    return [
        Route("GET", "/ping", handlers.ping, Kind.PROBE),
        Route("POST", "/invocations", invocations, Kind.QUERY, facts),
        Route("POST", "/endpoints/{any}/invocations", invocations, Kind.QUERY, facts),
        Route("GET", "/streams/v1/state", handlers.state, Kind.QUERY, {"operation": "state"}),
        Route("GET", "/streams/v1/anomalies", handlers.anomalies, Kind.QUERY, {"operation": "anomalies"}),
        Route("GET", "/streams/v1/reports", handlers.reports, Kind.QUERY, {"operation": "reports"}),
        Route("GET", "/streams/v1/reports/{hour}", handlers.report, Kind.QUERY, {"operation": "report"}),
    ]
