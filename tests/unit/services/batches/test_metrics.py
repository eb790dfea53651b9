"""Metrics of committed batches.

The smallest example: of 4 rows one value of `oil` is flagged, so its share is 0.25.
"""

from __future__ import annotations

from anomaly_container.observability.metrics import REGISTRY
from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.progress import STAGES, Progress
from anomaly_container.services.batches.scored import Scored


def scored(columns: tuple[str, ...], rows: int = 4) -> Scored:
    return Scored(
        columns=columns,
        learnt=None,
        rows=rows,
        anomalies=1,
        observations=dict.fromkeys(columns, 9),
        by_detector={"zscore": 1, "joint": 0},
        by_channel={name: {"flagged": 1} for name in columns},
    )


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_channels_have_their_share_and_their_observations() -> None:
    metrics.show_channels(scored(("oil", "water")))
    assert value("anomaly_batches_anomaly_rate", channel="oil") == 0.25
    assert value("anomaly_batches_baseline_observations", channel="water") == 9


def test_no_more_channels_than_64_are_named() -> None:
    names = tuple(f"many-{number}" for number in range(65))
    metrics.show_channels(scored(names))
    assert value("anomaly_batches_anomaly_rate", channel="many-63") == 0.25
    assert value("anomaly_batches_anomaly_rate", channel="many-64") is None


def test_a_table_without_rows_has_no_share() -> None:
    metrics.show_channels(scored(("dry",), rows=0))
    assert value("anomaly_batches_anomaly_rate", channel="dry") == 0


def test_rows_and_flagged_rows_are_counted_without_the_names_of_channels() -> None:
    before = value("anomaly_batches_rows_total") or 0.0
    flagged = value("anomaly_batches_anomalies_total", detector="zscore") or 0.0
    metrics.count(scored(("secret",)))
    assert value("anomaly_batches_rows_total") == before + 4
    assert value("anomaly_batches_anomalies_total", detector="zscore") == flagged + 1
    assert value("anomaly_batches_anomaly_rate", channel="secret") is None


def test_every_stage_of_a_batch_is_observed() -> None:
    name = "anomaly_batches_seconds_count"
    before = [value(name, stage=stage) or 0.0 for stage in STAGES]
    metrics.observe(Progress())
    assert [value(name, stage=stage) for stage in STAGES] == [count + 1 for count in before]
