"""A replay of slots.

The smallest example: 6 minutes of one event each give 4 results at the end of the file, since the last two
are not over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.events import Parked, Record
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.results import Result
from anomaly_container.services.streams.training import train
from tests.support.stream_samples import stream_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.settings import StreamsSettings

BEGIN = 1_767_225_600


def records(first: int, last: int, value: float = 100.0) -> list[Record]:
    """One event in each minute, every fifth of them a little longer."""
    lines = [
        json.dumps({"time": BEGIN + 60 * minute, "duration": value + 10 * (minute % 5 == 0)}).encode()
        for minute in range(first, last)
    ]
    return [Record(f"a-{n}", "a", 1000 * n, 1000 * (n + 1), line) for n, line in enumerate(lines, first)]


def settings(metric: str = "response_time:mean") -> StreamsSettings:
    return stream_settings(Kind="sarima", Sarima_Metric=metric, Name="shop")


@pytest.fixture(scope="module")
def model() -> Model:
    return train(records(0, 400), settings()).model


def results(
    model: Model, batches: Sequence[Sequence[Record]], metric: str = "response_time:mean"
) -> list[Result]:
    return [one for one in replay(settings(metric), model, batches) if isinstance(one, Result)]


def test_the_smallest_example(model: Model) -> None:
    assert len(results(model, [records(400, 406)])) == 4


def test_a_change_of_the_level_is_found(model: Model) -> None:
    found = results(model, [records(400, 420), records(420, 430, 500.0)])
    assert not any(one.anomalous for one in found[:20])
    assert found[20].anomalous
    assert found[20].reasons[0].direction == "high"


def test_results_do_not_depend_on_the_batches(model: Model) -> None:
    given = records(400, 440)
    at_once = results(model, [given])
    assert at_once == results(model, [given[:7], given[7:8], given[8:]])


def test_what_cannot_be_read_is_parked_and_alarms_and_reports_come(model: Model) -> None:
    broken = Record("a-x", "a", 1, 2, b"{")
    told = list(replay(settings(), model, [[broken, *records(400, 420)], records(420, 500, 500.0)]))
    assert [one.reason for one in told if isinstance(one, Parked)] == ["not-json"]
    reports = [one for one in told if isinstance(one, HourReport)]
    assert sum(report.events for report in reports) == sum(isinstance(one, Result) for one in told)


def test_the_number_of_events_is_a_metric() -> None:
    """Minutes of one to three events, and then one of twenty."""
    numbers = [*np.random.default_rng(0).integers(1, 4, 410).tolist(), 20, 1, 1, 1]
    events = [records(minute, minute + 1) * number for minute, number in enumerate(numbers)]
    model = train([one for part in events[:400] for one in part], settings("count")).model
    found = results(model, events[400:], "count")
    assert not any(one.anomalous for one in found[:10])
    assert found[10].anomalous
    assert found[10].reasons[0].value == 20.0
