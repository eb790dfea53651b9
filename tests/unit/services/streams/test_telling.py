"""What a member tells of its partitions.

The smallest example: of a batch with one flagged event that event is told, and then how far the partition is.
"""

from __future__ import annotations

from anomaly_container.services.streams.internal_topic import FlaggedMessage, TimeMessage
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.telling import flagged_messages, time_messages
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings


def test_flagged_events_are_told_with_the_time_before_them() -> None:
    scoring = Scoring(stream_settings(), sample_model(), now=lambda: 1e12)
    scoring.begin("a-0", None)
    records = records_of(sample_lines()[16_000:16_500], "a-0")
    scored = scoring.take(Batch(records, {"a-0": {"offset": 1}}))
    told = flagged_messages(scored.results, scoring.states)
    flagged = [result for result in scored.results if result.anomalous]
    assert len(told) == len(flagged) > 0
    assert isinstance(told[0], FlaggedMessage)
    assert (told[0].event.id, told[0].first_time) == ("a-0-1", None), (
        "the first event of all speaks for itself"
    )
    first = told[1]
    assert isinstance(first, FlaggedMessage)
    assert first.event.id == flagged[1].id
    assert first.first_time == scored.results[0].time
    assert first.stream_time is not None
    assert first.stream_time < first.event.time


def test_an_event_of_the_future_is_not_told() -> None:
    scoring = Scoring(stream_settings(), sample_model(), now=lambda: 0.0)
    scoring.begin("a-0", None)
    scored = scoring.take(Batch(records_of(sample_lines()[16_000:16_500], "a-0"), {"a-0": {"offset": 1}}))
    assert any(result.anomalous for result in scored.results)
    assert flagged_messages(scored.results, scoring.states) == []


def test_the_sums_of_minutes_come_before_the_time_and_once() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    scoring.begin("a-0", None)
    scoring.take(Batch(records_of(sample_lines()[:50], "a-0"), {"a-0": {"offset": 9}}))
    told = time_messages("a-0", scoring.states["a-0"], clock=3.0, partitions=("a-0",))
    assert len(told) > 10
    last = told[-1]
    assert isinstance(last, TimeMessage)
    assert (last.offset, last.clock, last.stream_time) == (9, 3.0, scoring.states["a-0"].stream_time)
    again = time_messages("a-0", scoring.states["a-0"], clock=4.0, partitions=("a-0",))
    assert [type(message) for message in again] == [TimeMessage]
