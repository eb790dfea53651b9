"""Metrics for Prometheus, summed over the worker processes; docs/metrics.md describes each."""

from __future__ import annotations

import fcntl
import os
import platform
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
    values,
)
from prometheus_client.core import GaugeMetricFamily

from anomaly_container import __version__
from anomaly_container.observability.metrics_directory import FOLDER_VARIABLE
from anomaly_container.observability.shared_values import SharedValue, use_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from prometheus_client.core import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

# Each process has its own files. They are named by a slot number, which a later process reuses, not by the
# process id: workers are replaced, and the number of files must not grow.
if FOLDER_VARIABLE in os.environ:
    values.ValueClass = SharedValue

# Creation times, which metrics of several processes do not have either.
disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
REGISTRY: Final = CollectorRegistry()

REQUESTS: Final = Counter(
    "anomaly_requests_total",
    "Requests answered, by route, method and status.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
DURATION: Final = Histogram(
    "anomaly_request_duration_seconds",
    "Time from the head of a request to the end of its answer, by route.",
    ["route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
REJECTIONS: Final = Counter(
    "anomaly_rejections_total", "Requests refused, by the code in the answer.", ["reason"], registry=REGISTRY
)
UNREAD: Final = Counter(
    "anomaly_unread_answers_total",
    "Connections ended because their client did not take an answer: for its deadline, or for memory.",
    ["reason"],
    registry=REGISTRY,
)
IN_FLIGHT: Final = Gauge(
    "anomaly_requests_in_flight",
    "Requests begun and not yet answered.",
    multiprocess_mode="sum",
    registry=REGISTRY,
)
WAITING: Final = Gauge(
    "anomaly_requests_waiting",
    "Dear requests that are worked on or wait for it.",
    multiprocess_mode="sum",
    registry=REGISTRY,
)
BACKGROUND_FAILURES: Final = Counter(
    "anomaly_background_failures_total",
    "Failures of supervised tasks, each of which begins again, by task.",
    ["task"],
    registry=REGISTRY,
)


def take_slot() -> int | None:
    """Take the lowest slot without a live process, and continue its values.

    Call it after the fork. Return the descriptor of the lock that holds the slot until the process ends; None
    if there is only one process.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return None
    for number in count():
        descriptor = os.open(Path(folder) / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        use_slot(str(number))
        # The requests of the previous owner ended with it.
        IN_FLIGHT.set(0)
        WAITING.set(0)
        return descriptor
    raise AssertionError  # count() is infinite


class _ScrapeCollector:
    """Metrics that are read at each scrape."""

    def __init__(self, read_values: Callable[[], Mapping[str, float]], build_info: Mapping[str, str]) -> None:
        self._read_values = read_values
        self._labels = {"version": __version__, "python": platform.python_version(), **build_info}

    def collect(self) -> Iterable[Metric]:
        build = GaugeMetricFamily(
            "anomaly_build_info",
            "Always 1; its labels say what runs.",
            labels=list(self._labels),
        )
        build.add_metric(list(self._labels.values()), 1)
        yield build
        for name, value in self._read_values().items():
            yield GaugeMetricFamily(name, METERING[name], value=value)


METERING: Final = {
    "anomaly_metering_heartbeat_age_seconds": "Seconds since the metering endpoint last confirmed a record; "
    "+Inf before it has.",
    "anomaly_metering_unsent_records": "Records of usage that no endpoint has confirmed.",
    "anomaly_metering_failed_attempts": "Attempts to report usage that failed since the last that did not.",
    "anomaly_metering_serving": "1 while queries are served, 0 while they are refused for want of metering.",
}
"""The help texts of the metrics of metering, which are read at each scrape."""


def exposition(metering: Callable[[], Mapping[str, float]], build_info: Mapping[str, str]) -> bytes:
    """Return the metrics of all processes in the text format of Prometheus.

    Parameters
    ----------
    metering
        Returns the values of `METERING`.
    build_info
        Additional labels of `anomaly_build_info`.
    """
    registry = CollectorRegistry()
    registry.register(_ScrapeCollector(metering, build_info))
    own = REGISTRY
    if FOLDER_VARIABLE in os.environ:
        own = CollectorRegistry()
        multiprocess.MultiProcessCollector(own)  # type: ignore[no-untyped-call]  # as above
    return generate_latest(registry) + generate_latest(own)
