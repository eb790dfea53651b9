from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, multiprocess, values

from anomaly_container.observability import shared_values
from anomaly_container.observability.metrics_directory import FOLDER_VARIABLE
from anomaly_container.observability.shared_values import FIRST_SLOT, SharedValue, use_slot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUESTS = ("counter", "requests", "requests_total", ["route"], ["/livez"], "Requests.")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own for each test, and no value from another."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setattr(shared_values, "_files", shared_values._Files(FIRST_SLOT))  # noqa: SLF001  # the state of a process
    monkeypatch.setattr(shared_values, "_values", [])
    yield
    # Their maps end with the values of the test.
    for file in shared_values._files._files.values():  # noqa: SLF001  # as above
        file._f.close()  # noqa: SLF001  # as above


def summed() -> dict[tuple[str, ...], float]:
    """What `prometheus_client` reads from the files of all slots."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no types
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def test_two_slots_are_summed_up_and_a_third_process_continues_one() -> None:
    value = SharedValue(*REQUESTS)
    use_slot("0")
    value.inc(2)
    use_slot("1")
    value.inc(3)
    assert summed() == {("requests_total", "/livez"): 5.0}
    use_slot("0")
    value.inc(0.5)
    assert value.get() == 2.5
    assert summed() == {("requests_total", "/livez"): 5.5}


def test_a_gauge_is_replaced() -> None:
    value = SharedValue("gauge", "depth", "depth", [], [], "Depth.", multiprocess_mode="sum")
    value.set(7.0)
    value.set(3.0)
    assert summed() == {("depth",): 3.0}


def test_the_files_are_those_of_prometheus_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    own_class = values.MultiProcessValue(lambda: FIRST_SLOT)  # type: ignore[no-untyped-call]  # it has no types
    for folder, value_class in ((ours, SharedValue), (theirs, own_class)):
        folder.mkdir()
        monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
        monkeypatch.setattr(values, "ValueClass", value_class)
        registry = CollectorRegistry()
        counter = Counter("requests", "Requests.", ["route"], registry=registry)
        gauge = Gauge("depth", "Depth.", multiprocess_mode="sum", registry=registry)
        histogram = Histogram("seconds", "Seconds.", buckets=(0.1, 1.0), registry=registry)
        for amount in (0.05, 0.5, 5.0):
            counter.labels("/livez").inc(amount)
            counter.labels("ü").inc()
            gauge.set(amount)
            histogram.observe(amount)
    names = sorted(path.name for path in ours.iterdir())
    assert names == ["counter_start.db", "gauge_sum_start.db", "histogram_start.db"]
    own_class.close_all_files()
    assert [(ours / name).read_bytes() for name in names] == [(theirs / name).read_bytes() for name in names]


def test_a_file_grows_under_its_values() -> None:
    many = [
        SharedValue("counter", "requests", "requests_total", ["route"], [f"/{number}"], "Requests.")
        for number in range(1500)
    ]
    for number, value in enumerate(many):
        value.inc(number)
    assert summed() == {("requests_total", f"/{number}"): float(number) for number in range(1500)}


def test_threads_lose_no_increment() -> None:
    value = SharedValue(*REQUESTS)

    def count() -> None:
        for _ in range(10_000):
            value.inc(1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value.get() == 40_000.0
    assert summed() == {("requests_total", "/livez"): 40_000.0}
