"""The metrics of streams; docs/metrics.md describes each."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from anomaly_container.observability.metrics import REGISTRY

SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
SCORES: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0)

EVENTS: Final = Counter(
    "anomaly_streams_events_total",
    "Events that were scored, by result: High Outlier or Normal.",
    ["result"],
    registry=REGISTRY,
)
PARKED: Final = Counter(
    "anomaly_streams_parked_total", "Records that are not events, by reason.", ["reason"], registry=REGISTRY
)
FILLED: Final = Counter(
    "anomaly_streams_filled_total",
    "Values that were missing and took the training median, by feature.",
    ["feature"],
    registry=REGISTRY,
)
UNSEEN: Final = Counter(
    "anomaly_streams_unseen_total",
    "Values that the training did not have, by feature.",
    ["feature"],
    registry=REGISTRY,
)
LATE: Final = Counter(
    "anomaly_streams_late_total",
    "Events older than the time of their partition less the lateness.",
    registry=REGISTRY,
)
LAG_EVENTS: Final = Gauge(
    "anomaly_streams_lag_events",
    "Records of a partition that wait; of a file its bytes.",
    ["topic", "partition"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
LAG_SECONDS: Final = Gauge(
    "anomaly_streams_lag_seconds",
    "Seconds between the clock and the stream time of the slowest partition with waiting records; 0 if none.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
BATCH_SECONDS: Final = Histogram(
    "anomaly_streams_batch_seconds",
    "Seconds of each stage of a batch: parse, score, deliver and commit.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
SCORE: Final = Histogram("anomaly_streams_score", "Scores of events.", buckets=SCORES, registry=REGISTRY)
THRESHOLD: Final = Gauge(
    "anomaly_streams_threshold",
    "The threshold that the next event meets.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
SINK: Final = Counter(
    "anomaly_streams_sink_total",
    "Outputs of a sink, by outcome: sent, failed (one attempt) or parked.",
    ["sink", "outcome"],
    registry=REGISTRY,
)
SINK_QUEUE: Final = Gauge(
    "anomaly_streams_sink_queue",
    "Outputs that wait for a sink.",
    ["sink"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
ALARM_STATE: Final = Gauge(
    "anomaly_streams_alarm_state",
    "State of an alarm: 0 OK, 1 ALARM, -1 insufficient data.",
    ["alarm"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
ALARM_CHANGES: Final = Counter(
    "anomaly_streams_alarm_changes_total",
    "Changes of an alarm, by the state that it went to.",
    ["alarm", "state"],
    registry=REGISTRY,
)
REBALANCES: Final = Counter(
    "anomaly_streams_rebalances_total",
    "How often partitions were assigned.",
    registry=REGISTRY,
)
STATE_AGE: Final = Gauge(
    "anomaly_streams_state_age_seconds",
    "Seconds since the oldest of the last snapshots of the partitions.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
KEYS: Final = Gauge(
    "anomaly_streams_keys",
    "Keys that have a window, in mode keys.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
KEYS_EVICTED: Final = Counter(
    "anomaly_streams_keys_evicted_total",
    "Keys that were forgotten, by why: full or idle.",
    ["why"],
    registry=REGISTRY,
)
SCHEMA_CHANGED: Final = Gauge(
    "anomaly_streams_schema_changed",
    "1 while most of the last 1,000 events lack a feature that the training had.",
    ["feature"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
SCORE_DRIFT: Final = Gauge(
    "anomaly_streams_score_drift",
    "Mean of the last 10,000 scores less that of the training, in its deviations.",
    multiprocess_mode="max",
    registry=REGISTRY,
)
MODEL_INFO: Final = Gauge(
    "anomaly_streams_model_info",
    "1 for the id of the model at work, 0 for those before it.",
    ["id"],
    multiprocess_mode="max",
    registry=REGISTRY,
)
