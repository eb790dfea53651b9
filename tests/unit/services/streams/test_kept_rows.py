"""The events that are kept for a training.

The smallest example: of three events two are kept, in the order of their times.
"""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_container.services.streams.kept_rows import KeptRows
from tests.support.stream_events import events

LINES = [f'{{"timestamp":{place},"path":"/"}}' for place in range(40_000)]


def kept(most: int, *, size: int, count: int = 3000, keeps_last: bool = False, seed: int = 5) -> list[float]:
    rows = KeptRows(most, seed, keeps_last=keeps_last)
    for place in range(0, count, size):
        rows.add(events(LINES[place : min(place + size, count)]))
    assert rows.seen == count
    found, partitions = rows.chronological()
    assert len(partitions) == len(found)
    times: list[float] = found.times.tolist()
    return times


def test_all_of_few() -> None:
    assert kept(100, size=7, count=50) == list(range(50))


def test_a_uniform_sample() -> None:
    times = kept(1000, size=500)
    assert len(times) == 1000
    assert times == sorted(set(times))
    # The mean of a uniform sample of 0..2999, within four deviations of it.
    assert abs(np.mean(times) - 1499.5) < 4 * 866 / np.sqrt(1000)


def test_the_sample_does_not_depend_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anomaly_container.services.streams.kept_rows.LEAST_SLACK", 10)
    assert kept(200, size=50) == kept(200, size=300) == kept(200, size=3000)
    assert kept(200, size=50) != kept(200, size=50, seed=6)


def test_the_last_ones() -> None:
    assert kept(100, size=70, keeps_last=True) == list(range(2900, 3000))


def test_nothing() -> None:
    with pytest.raises(ValueError, match="no events"):
        KeptRows(10, 0).chronological()
