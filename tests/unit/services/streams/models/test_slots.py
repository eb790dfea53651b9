"""The value of a metric in a slot.

The smallest example: 1 and 3 in the first minute and 8 in the third have the means 2, missing and 8.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.services.streams.models import slots
from anomaly_container.services.streams.models.slots import slot_values

TIMES = np.array([70.0, 190.0, 119.9])
VALUES = np.array([1.0, 8.0, 3.0])


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("response_time:mean", [2.0, np.nan, 8.0]),
        ("response_time:max", [3.0, np.nan, 8.0]),
        ("count", [2.0, 0.0, 1.0]),
    ],
)
def test_the_smallest_example(metric: str, expected: list[float]) -> None:
    first, values = slot_values(TIMES, VALUES, metric, 60)
    assert first == 60
    assert np.array_equal(values, expected, equal_nan=True)


def test_the_percentile_is_within_one_percent() -> None:
    numbers = np.random.default_rng(0).lognormal(5.0, 1.0, 2000)
    _, values = slot_values(np.arange(2000.0), numbers, "response_time:p95", 3600)
    exact = np.sort(numbers)[int(np.ceil(0.95 * 2000)) - 1]
    assert values == pytest.approx([exact], rel=0.01)


def test_events_that_lack_the_field_count_only_as_events() -> None:
    times, lacking = np.array([0.0, 10.0, 130.0]), np.array([np.nan, np.nan, 4.0])
    assert np.array_equal(
        slot_values(times, lacking, "size:mean", 60)[1], [np.nan, np.nan, 4.0], equal_nan=True
    )
    assert slot_values(times, lacking, "count", 60)[1].tolist() == [2.0, 0.0, 1.0]


def test_slots_before_1970_begin_at_their_multiple() -> None:
    assert slot_values(np.array([-30.0]), np.array([1.0]), "size:mean", 60)[0] == -60


def test_too_many_slots_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "MOST_SLOTS", 3)
    assert len(slot_values(TIMES, VALUES, "count", 60)[1]) == 3
    with pytest.raises(ValueError, match="span more than 3 slots"):
        slot_values(np.array([0.0, 180.0]), np.zeros(2), "count", 60)
