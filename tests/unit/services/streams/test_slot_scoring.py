"""The results of slots.

The smallest example: a model that expects 100 in every minute with a deviation of 10 gives a minute of 100
the score 0, and one of 150 the score 5.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.models.sarima import Sarima
from anomaly_container.services.streams.models.slot_filter import FilterState, StateSpace
from anomaly_container.services.streams.sketch import Sketch
from anomaly_container.services.streams.slot_scoring import SlotScoring
from anomaly_container.services.streams.training import train
from tests.support.stream_samples import stream_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.services.streams.model_file import Model

SETTINGS = stream_settings(Kind="sarima", Name="shop", Threshold_Rule="3")
BEGIN = 1_767_225_600
"""2026-01-01, the end of the training."""
ONE = np.ones((1, 1))
NOISE = Sarima(  # a state that is forgotten at once
    StateSpace(ONE * 0.0, np.ones(1), ONE),
    FilterState(np.zeros(1), ONE),
    mean=100.0,
    scale=10.0,
    converged=True,
)
"""Expects 100, with a deviation of 10."""


@pytest.fixture(scope="module")
def model() -> Model:
    lines = [
        json.dumps({"time": BEGIN - 60 * k, "duration": 100 + k % 7}).encode() for k in range(400, 0, -1)
    ]
    records = [Record(f"a-{n}", "a", n, n + 1, line) for n, line in enumerate(lines)]
    return replace(train(records, SETTINGS).model, kept=NOISE)


def of(*values: float) -> Sketch:
    sketch = Sketch()
    sketch.add(np.array(values))
    return sketch


def scoring(model: Model) -> SlotScoring:
    found = SlotScoring(SETTINGS, model)
    found.put({BEGIN: of(100.0)})
    return found


def scores(slots: SlotScoring, time: float) -> Sequence[tuple[str, float, bool]]:
    return [(one.id, round(one.score, 9), one.anomalous) for one in slots.advance(time)]


def test_the_smallest_example(model: Model) -> None:
    slots = scoring(model)
    slots.put({BEGIN + 60: of(140.0, 160.0)})
    assert scores(slots, BEGIN + 180) == [
        ("shop/2026-01-01T00:00:00Z", 0.0, False),
        ("shop/2026-01-01T00:01:00Z", 5.0, True),
    ]


def test_a_result_names_the_metric_and_what_was_expected(model: Model) -> None:
    slots = scoring(model)
    slots.put({BEGIN + 60: of(50.0)})
    _, result = slots.advance(BEGIN + 180)
    [reason] = result.reasons
    assert reason.document() == {
        "feature": "response_time:mean",
        "share": 1.0,
        "direction": "low",
        "value": 50.0,
        "usual": pytest.approx(100.0),
    }
    assert (result.time, result.partition, result.offset) == (BEGIN + 60.0, "shop", BEGIN // 60 + 1)
    assert result.event.response_time == 50.0
    assert result.document(SETTINGS)["modelId"] == model.id


def test_a_slot_waits_for_late_events(model: Model) -> None:
    slots = scoring(model)
    assert slots.advance(BEGIN + 119) == []
    slots.put({BEGIN: of(200.0)})
    assert scores(slots, BEGIN + 120) == [("shop/2026-01-01T00:00:00Z", 5.0, True)]
    slots.put({BEGIN: of(900.0)})
    assert scores(slots, BEGIN + 179) == []


def test_a_minute_without_events_has_no_result(model: Model) -> None:
    slots = scoring(model)
    slots.put({BEGIN + 120: of(100.0)})
    assert [one[0][-9:-1] for one in scores(slots, BEGIN + 240)] == ["00:00:00", "00:02:00"]


def test_the_time_between_training_and_stream_is_skipped(model: Model) -> None:
    slots = SlotScoring(SETTINGS, model)
    assert slots.advance(BEGIN + 1e9) == []
    slots.put({BEGIN + 600_000_000: of(130.0)})
    assert [one[1] for one in scores(slots, BEGIN + 600_000_120)] == [3.0]


def test_an_hour_has_the_time_of_its_last_minute(model: Model) -> None:
    """So it is in the hour that it tells of, and in the last 15 minutes of the stream."""
    hourly = replace(model, parameters={**model.parameters, "every": 3600, "lastSlot": BEGIN - 3600})
    slots = SlotScoring(SETTINGS, hourly)
    slots.put({BEGIN: of(100.0)})
    [result] = slots.advance(BEGIN + 3660)
    assert (result.id, result.time) == ("shop/2026-01-01T00:00:00Z", BEGIN + 3540.0)


def test_a_restored_state_goes_on_alike(model: Model) -> None:
    values = np.random.default_rng(0).normal(100, 20, 40).tolist()
    whole = SlotScoring(SETTINGS, model)
    parts = SlotScoring(SETTINGS, model)
    expected: list[tuple[str, float, bool]] = []
    found: list[tuple[str, float, bool]] = []
    for place, value in enumerate(values):
        for slots, results in ((whole, expected), (parts, found)):
            slots.put({BEGIN + 60 * place: of(value)})
            results.extend(scores(slots, BEGIN + 60 * place))
        document = json.loads(json.dumps(parts.document()))
        parts = SlotScoring(SETTINGS, model)
        parts.restore(document)
    assert found == expected
    assert len(found) > 30
    assert parts.document() == whole.document()
