"""The pipeline over something finite.

The smallest example: of three records of which one is broken come two results and one parked record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams import sample
from anomaly_container.services.streams.events import Parked, Record
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.replay import replay
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.results import Result
from anomaly_container.services.streams.training import train
from tests.support.stream_samples import stream_settings

if TYPE_CHECKING:
    from anomaly_container.services.streams.training import Trained

SETTINGS = stream_settings(Output_Event="none")


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return [Record(f"a-{n}", "a", n, n + 1, line) for n, line in enumerate(sample.lines(), 1)]


@pytest.fixture(scope="module")
def trained(records: list[Record]) -> Trained:
    return train(records[:16_000], SETTINGS)


def test_the_smallest_example(records: list[Record], trained: Trained) -> None:
    broken = Record("a-16001", "a", 16_001, 16_002, b"{")
    given = [records[15_999], broken, records[16_001]]
    told = list(replay(SETTINGS, trained.model, [given], trained.formats))
    assert [one.id for one in told if isinstance(one, Result)] == ["a-16000", "a-16002"]
    assert [one.reason for one in told if isinstance(one, Parked)] == ["not-json"]


def test_the_same_comes_of_any_batches(records: list[Record], trained: Trained) -> None:
    """Results, changes of alarms and reports; the order within a batch differs."""
    rest = records[16_000:]
    made = []
    for size in (4000, 333, 1):
        batches = [rest[first : first + size] for first in range(0, len(rest), size)]
        told = list(replay(SETTINGS, trained.model, batches, trained.formats))
        made.append(
            (
                [one.document(SETTINGS) for one in told if isinstance(one, Result)],
                [one for one in told if isinstance(one, Change)],
                [one.document() for one in told if isinstance(one, HourReport)],
            )
        )
    assert made[0] == made[1] == made[2]
    assert len(made[0][0]) == 4000
    assert len(made[0][1]) >= 8
    assert sum(report["events"] for report in made[0][2]) == 4000


def test_several_partitions_have_one_alarm(records: list[Record], trained: Trained) -> None:
    """Which partition an event came by does not matter to the changes of the alarm."""
    rest = records[16_000:]
    parted = [
        Record(one.id, f"p-{n % 3}", one.offset, one.next_offset, one.value) for n, one in enumerate(rest)
    ]
    changes = []
    for given in (rest, parted):
        batches = [given[first : first + 500] for first in range(0, len(given), 500)]
        told = replay(SETTINGS, trained.model, batches)
        changes.append([one for one in told if isinstance(one, Change)])
    assert changes[0] == changes[1]
    assert len(changes[0]) >= 8
