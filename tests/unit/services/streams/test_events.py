"""Events as columns.

The smallest example: two events are two columns of times, and one event is put together when it is asked for.
"""

from __future__ import annotations

from anomaly_container.services.streams.events import fields_of, joined
from tests.support.stream_events import events, streams_settings

LINES = ['{"timestamp":1,"path":"/a","x":5}', '{"timestamp":2,"level":"warn","response_time":3}']


def test_one_event() -> None:
    both = events(LINES)
    assert both.times.tolist() == [1.0, 2.0]
    first, second = both
    assert (first.id, first.partition, first.offset, first.time) == ("p-0", "p", 0, 1.0)
    assert (first.response_time, first.log_level, first.method, first.path) == (None, None, "", "/a")
    assert (second.response_time, second.log_level, second.path) == (3.0, 3, "")
    assert first.document["x"] == 5


def test_the_fields_are_parsed_when_they_are_asked_for() -> None:
    line = '{"timestamp":1,"response_time":2,"log_level":"INFO","method":"GET","path":"/","more":[1]}'
    some = events([line] * 20, streams_settings(Format="json"))
    assert isinstance(some[0].source, bytes)
    assert some[19].document["more"] == [1]
    assert some.documents[3] == fields_of(line.encode())


def test_a_part_and_the_whole() -> None:
    both = events(LINES)
    assert [event.id for event in both[1:]] == ["p-1"]
    again = joined([both[:1], both[1:]])
    assert [event.id for event in again] == ["p-0", "p-1"]
    assert again.documents == both.documents
    assert joined([both]) is both


def test_what_only_learns_needs_no_records() -> None:
    lean = events(LINES).lean()
    assert (len(lean), lean.records, lean.documents) == (2, [], [])
    assert lean.take([1]).times.tolist() == [2.0]
