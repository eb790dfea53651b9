"""The messages of the internal topic.

The smallest example: the time of a partition that is encoded and decoded is the same.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.internal_topic import TimeMessage, decode, encode
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.telling import flagged_messages, time_messages
from tests.support.stream_samples import records_of, sample_lines, sample_model, stream_settings


def test_the_messages_of_a_batch_go_through_records_unchanged() -> None:
    scoring = Scoring(stream_settings(), sample_model())
    scoring.begin("a-0", None)
    records = records_of(sample_lines()[16_000:17_000], "a-0")
    scored = scoring.take(Batch(records, {"a-0": {"offset": records[-1].next_offset}}))
    messages = flagged_messages(scored.results, scoring.states)
    assert len(messages) > 20
    messages += time_messages("a-0", scoring.states["a-0"], clock=5.0, partitions=("a-0", "a-1"))
    assert len({type(message) for message in messages}) == 3
    for message in messages:
        assert encode(decode(encode(message))) == encode(message)


def test_a_time_is_decoded_as_it_was() -> None:
    message = TimeMessage("a-0", 7, 1.0, 2.0, 3.0, parked=True, lag_seconds=4.0, partitions=("a-0",))
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "value", [b"", b"[]", b"{}", b'{"kind":"time"}', b'{"kind":"anomaly","event":1}', b"\xff"]
)
def test_what_is_not_ours_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(value)
