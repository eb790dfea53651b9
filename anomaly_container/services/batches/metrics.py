"""The metrics of batches; docs/metrics.md describes each."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Counter, Gauge, Histogram

from anomaly_container.observability.metrics import REGISTRY

if TYPE_CHECKING:
    from anomaly_container.services.batches.progress import Progress
    from anomaly_container.services.batches.scored import Scored

MOST_CHANNELS: Final = 64
"""The channels that metrics name at most."""
SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)

BATCHES: Final = Counter(
    "anomaly_batches_total",
    "Objects worked on, by result: processed, duplicate, dead_letter or retried.",
    ["result"],
    registry=REGISTRY,
)
ROWS: Final = Counter("anomaly_batches_rows_total", "Rows of committed batches.", registry=REGISTRY)
ANOMALIES: Final = Counter(
    "anomaly_batches_anomalies_total",
    "Rows that a detector flagged, by detector.",
    ["detector"],
    registry=REGISTRY,
)
STAGE: Final = Histogram(
    "anomaly_batches_seconds",
    "Seconds of each stage of a committed batch: read, parse, score, write and commit.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
WAITING: Final = Gauge(
    "anomaly_batches_waiting",
    "Objects that wait or are being scored.",
    multiprocess_mode="sum",
    registry=REGISTRY,
)
LAG: Final = Gauge(
    "anomaly_batches_lag_seconds",
    "Seconds since the oldest of these objects was seen first; 0 if all are done.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
CONFLICTS: Final = Counter(
    "anomaly_batches_conflicts_total",
    "Writes of the state that another process was faster with, each of which is computed again.",
    registry=REGISTRY,
)
UNPUBLISHED: Final = Gauge(
    "anomaly_batches_unpublished",
    "Committed batches whose results are not yet below processed/.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
STORE_ERRORS: Final = Counter(
    "anomaly_batches_store_errors_total",
    "Calls of the store that failed, by kind: unavailable or refused.",
    ["kind"],
    registry=REGISTRY,
)
NOTIFY: Final = Counter(
    "anomaly_batches_notify_total",
    "SNS messages, by kind and result.",
    ["kind", "result"],
    registry=REGISTRY,
)
IGNORED: Final = Counter(
    "anomaly_batches_ignored_total",
    "Objects that were named and are not scored, by reason: bucket, name or partition.",
    ["reason"],
    registry=REGISTRY,
)
WEBHOOK: Final = Counter(
    "anomaly_batches_webhook_total",
    "Summaries sent to the webhook, by result.",
    ["result"],
    registry=REGISTRY,
)
OBSERVATIONS: Final = Gauge(
    "anomaly_batches_baseline_observations",
    "Observations of a channel, if Batches:ChannelMetrics is true.",
    ["channel"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
ANOMALY_RATE: Final = Gauge(
    "anomaly_batches_anomaly_rate",
    "Share of flagged values of a channel in the last batch, if Batches:ChannelMetrics is true.",
    ["channel"],
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)


def count(scored: Scored) -> None:
    """Count the rows of a committed batch.

    Parameters
    ----------
    scored
        What is known of its table.
    """
    ROWS.inc(scored.rows)
    for detector, rows in scored.by_detector.items():
        ANOMALIES.labels(detector).inc(rows)


def observe(progress: Progress) -> None:
    """Observe the stages of a committed batch.

    Parameters
    ----------
    progress
        The progress of its attempt.
    """
    for stage, seconds in progress.seconds.items():
        STAGE.labels(stage).observe(seconds)


def show_channels(scored: Scored) -> None:
    """Set the metrics of the channels by a committed batch; those beyond the first 64 are left out.

    Parameters
    ----------
    scored
        What is known of its table.
    """
    for name in islice(scored.columns, MOST_CHANNELS):
        flagged: Any = scored.by_channel[name]["flagged"]
        OBSERVATIONS.labels(name).set(scored.observations[name])
        ANOMALY_RATE.labels(name).set(flagged / scored.rows if scored.rows else 0.0)
