"""The keeper of alarms and reports of a group.

The smallest example: messages that one member has taken are not taken again by the next, which goes on from
the state.
"""

from __future__ import annotations

from anomaly_container.services.streams.events import Record
from anomaly_container.services.streams.internal_topic import encode
from anomaly_container.services.streams.outcomes import outputs_of_outcomes
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.telling import flagged_messages, time_messages
from anomaly_container.services.streams.watch import MonitorHolder
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings

TOPIC = "anomaly-stream.anomalies-0"


def internal_records() -> list[Record]:
    """What a member tells of a part of the sample."""
    scoring = Scoring(stream_settings(), sample_model())
    scoring.begin("a-0", None)
    messages = []
    records = records_of(sample_lines()[16_000:17_500], "a-0")
    for begin in range(0, len(records), 300):
        part = records[begin : begin + 300]
        scored = scoring.take(Batch(part, {"a-0": {"offset": part[-1].next_offset}}))
        messages += flagged_messages(scored.results, scoring.states)
        messages += time_messages("a-0", scoring.states["a-0"], clock=None, partitions=("a-0",))
    return [
        Record(f"{TOPIC}-{offset}", TOPIC, offset, offset + 1, encode(message))
        for offset, message in enumerate(messages)
    ]


def batch_of(records: list[Record]) -> Batch:
    return Batch(records, {TOPIC: {"offset": records[-1].next_offset}} if records else {})


def said(holder: MonitorHolder, records: list[Record]) -> list[tuple[int, str, bytes]]:
    return [
        (offset, output.id, output.line)
        for offset, outcomes in holder.take(batch_of(records))
        for output in outputs_of_outcomes(outcomes, TOPIC, offset, stream_settings())
    ]


def test_the_next_member_goes_on_from_the_state() -> None:
    records = internal_records()
    whole = MonitorHolder(stream_settings())
    assert whole.begin(TOPIC, None, anew=False) is None
    expected = said(whole, records)
    assert len(expected) > 5
    first, half = MonitorHolder(stream_settings()), len(records) // 2
    first.begin(TOPIC, None, anew=False)
    found = said(first, records[:half])
    second = MonitorHolder(stream_settings())
    assert second.begin(TOPIC, first.document(TOPIC), anew=False) == {"offset": half}
    assert second.is_mine
    found += said(second, records[half - 10 :])
    assert found == expected
    assert second.document(TOPIC) == whole.document(TOPIC)
    second.drop(TOPIC)
    assert not second.is_mine


def test_a_strange_record_is_left_out() -> None:
    records = internal_records()
    strange = Record(f"{TOPIC}-0", TOPIC, 0, 1, b"strange")
    holder, other = MonitorHolder(stream_settings()), MonitorHolder(stream_settings())
    assert said(holder, [strange, *records[1:]]) == said(other, records[1:])
    assert holder.offset(TOPIC) == len(records)
