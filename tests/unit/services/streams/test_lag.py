"""How far partitions are behind.

The smallest example: of two partitions with the time 700 at the clock 1000 the one with records waiting is
300 s behind, and the other one is not.
"""

from __future__ import annotations

from anomaly_container.services.streams.lag import seconds_behind
from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.state import PartitionState


def state(time: float | None) -> PartitionState:
    return PartitionState(MinuteBook(), stream_time=time)


def test_a_partition_is_behind_while_records_wait() -> None:
    states = {"a-0": state(700.0), "a-1": state(700.0)}
    assert seconds_behind({"a-0": 5, "a-1": 0}, states, 1000.0) == {"a-0": 300.0, "a-1": 0.0}


def test_a_time_ahead_of_the_clock_is_not_behind() -> None:
    assert seconds_behind({"a-0": 5}, {"a-0": state(1001.0)}, 1000.0) == {"a-0": 0.0}


def test_how_far_is_not_known_before_a_record_was_read() -> None:
    assert seconds_behind({"a-0": 5, "a-1": 5, "a-2": 0}, {"a-0": state(None)}, 1000.0) == {"a-2": 0.0}
