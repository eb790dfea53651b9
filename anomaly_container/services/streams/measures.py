"""The metrics of a batch and of the partitions."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anomaly_container.services.streams import metrics
from anomaly_container.services.streams.lag import seconds_behind
from anomaly_container.services.streams.results import HIGH_OUTLIER, NORMAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anomaly_container.services.streams.scoring import Scored
    from anomaly_container.services.streams.state import PartitionState


def count(scored: Scored) -> None:
    """Count a batch.

    Parameters
    ----------
    scored
        The scored batch.
    """
    flagged = sum(result.anomalous for result in scored.results)
    metrics.EVENTS.labels(HIGH_OUTLIER).inc(flagged)
    metrics.EVENTS.labels(NORMAL).inc(len(scored.results) - flagged)
    metrics.LATE.inc(sum(result.late for result in scored.results))
    for result in scored.results:
        metrics.SCORE.observe(result.score)
    for parked in scored.parked:
        metrics.PARKED.labels(parked.reason).inc()
    for counts, metric in ((scored.filled, metrics.FILLED), (scored.unseen, metrics.UNSEEN)):
        for feature, number in counts.items():
            metric.labels(feature).inc(number)


def show_lag(lag: Mapping[str, int], states: Mapping[str, PartitionState], now: float) -> None:
    """Set the metrics of the lag of partitions.

    Parameters
    ----------
    lag
        The records (of a file: the bytes) that wait, by partition.
    states
        The states, for the time of each partition.
    now
        Seconds since 1970.
    """
    for name, waiting in lag.items():
        topic, _, partition = name.rpartition("-")
        is_numbered = bool(topic) and partition.isdigit()
        metrics.LAG_EVENTS.labels(topic if is_numbered else name, partition if is_numbered else "").set(
            waiting
        )
    metrics.LAG_SECONDS.set(max(seconds_behind(lag, states, now).values(), default=0.0))


def show_age(written: Mapping[str, float], now: float) -> None:
    """Set the metric of the age of the oldest last snapshot; both times are of the same clock."""
    metrics.STATE_AGE.set(max((now - at for at in written.values()), default=0.0))


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Observe the duration of a stage of a batch: parse, score, deliver or commit."""
    began = time.perf_counter()
    yield
    metrics.BATCH_SECONDS.labels(name).observe(time.perf_counter() - began)
