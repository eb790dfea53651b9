"""The routes of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.batches import handlers
from anomaly_container.web.routing import Kind, Route

if TYPE_CHECKING:
    from anomaly_container.services.batches.resources import Batches


def routes(_settings: object) -> list[Route[Batches]]:
    """Return the routes."""
    return [
        Route("POST", "/notify", handlers.notify, Kind.CALLBACK, {"operation": "notify"}),
        Route("GET", "/anomalies/recent", handlers.recent, Kind.QUERY, {"operation": "recent"}),
        Route("GET", "/anomalies/summary", handlers.summary, Kind.QUERY, {"operation": "summary"}),
        Route("GET", "/baseline/current", handlers.baseline, Kind.QUERY, {"operation": "baseline"}),
        Route("GET", "/health", handlers.health, Kind.PROBE),
        Route("GET", "/batches", handlers.list_batches, Kind.QUERY, {"operation": "batches"}),
        Route("GET", "/batches/{id}", handlers.one_batch, Kind.QUERY, {"operation": "batch"}),
        Route("GET", "/batches/{id}/rows", handlers.batch_rows, Kind.QUERY, {"operation": "rows"}),
        Route("GET", "/deadletters", handlers.list_dead_letters, Kind.QUERY, {"operation": "deadletters"}),
        Route(
            "POST", "/deadletters/{id}/retry", handlers.retry_dead_letter, Kind.QUERY, {"operation": "retry"}
        ),
    ]
