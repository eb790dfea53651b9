"""The time of a stream of several partitions.

The smallest example: of two partitions that are at 700 and 900 the stream is at 700.
"""

from __future__ import annotations

from anomaly_container.services.streams.stream_time import StreamTime


def heard(clock: float | None = None, **times: float) -> StreamTime:
    time = StreamTime(60.0)
    time.hear(clock, [name.replace("_", "-") for name in times])
    for name, at in times.items():
        time.speaks(name.replace("_", "-"))
        time.reached(name.replace("_", "-"), at)
    return time


def test_the_slowest_partition_counts() -> None:
    assert heard(1000.0, a_0=900.0, a_1=700.0).now == 700.0
    assert heard(None, a_0=900.0, a_1=700.0).now == 700.0


def test_the_time_never_goes_back() -> None:
    time = heard(1000.0, a_0=900.0)
    assert time.now == 900.0
    time.hear(1000.0, ["a-1"])
    time.reached("a-1", 100.0)
    assert time.now == 900.0


def test_a_partition_that_was_never_heard_of_holds_the_time_for_a_minute() -> None:
    time = StreamTime(60.0)
    time.hear(1000.0, ["a-0", "a-1"])
    time.speaks("a-0")
    time.reached("a-0", 990.0)
    assert time.now is None
    time.hear(1061.0, [])
    time.speaks("a-0")
    assert time.now == 990.0


def test_a_silent_stream_follows_the_clock() -> None:
    time = heard(1000.0, a_0=900.0)
    assert time.now == 900.0
    time.hear(1061.0, [])
    assert time.now == 1001.0
    assert time.quiet_seconds == 61.0


def test_one_partition_is_not_many() -> None:
    assert not heard(None, a_0=900.0).is_of_many
    assert heard(None, a_0=900.0, a_1=1.0).is_of_many


def test_it_goes_through_a_document() -> None:
    time = heard(1000.0, a_0=900.0, a_1=700.0)
    again = StreamTime(60.0)
    again.restore(time.document())
    assert again.document() == time.document()
    assert again.now == 700.0
