"""Metrics of the univariate API; docs/metrics.md describes each."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

from anomaly_container.observability.metrics import REGISTRY, SECONDS

STAGE: Final = Histogram(
    "anomaly_stage_duration_seconds",
    "Time of each stage of a detection: parse, detect and render.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
POINTS: Final = Counter(
    "anomaly_points_total", "Points of the series answered, by operation.", ["operation"], registry=REGISTRY
)
FOUND: Final = Counter(
    "anomaly_found_total",
    "Anomalies found by direction (positive, negative), and change points (change).",
    ["direction"],
    registry=REGISTRY,
)
