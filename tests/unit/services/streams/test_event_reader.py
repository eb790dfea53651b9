"""Records as events.

The smallest example: `{` is parked as `not-json`, and a tombstone is skipped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.events import Record
from tests.support.stream_events import records, streams_settings

if TYPE_CHECKING:
    from anomaly_container.services.streams.events import Read

LINE = '{"timestamp":1,"response_time":2,"log_level":"INFO","method":"GET","path":"/"}'
APACHE = '1.1.1.1 - - [01/Jan/2026:00:00:00 +0000] "GET /x HTTP/1.1" 200 1'


def reasons(read: Read) -> list[str]:
    return [parked.reason for parked in read.parked]


def test_what_is_not_an_event() -> None:
    reader = EventReader(streams_settings(Format="json", Parked__MaxBytes=1024))
    tombstone = Record("t", "p", 9, 10, None)
    lines = [b"{", b"[1]", b'{"a":"\xff"}', b"x" * 1025, b"", b'{"a":"\\ud800"}']
    read = reader.read([*records(lines), tombstone])
    assert reasons(read) == ["not-json", "not-an-object", "not-utf-8", "too-large", "not-json", "not-json"]
    assert (len(read.events), read.skipped) == (0, 1)
    assert all("x" * 9 not in parked.detail and parked.detail.endswith(".") for parked in read.parked)


def test_alike_records_are_read_as_others_are() -> None:
    reader = EventReader(streams_settings(Format="json"))
    lines = [LINE.replace(":2,", f":{place},") for place in range(50)]
    fast = reader.read(records(lines)).events
    slow = [reader.read(records([line])).events[0] for line in lines]
    for one, other in zip(fast, slow, strict=True):
        assert (one.time, one.response_time, one.log_level, one.method, one.path) == (
            other.time,
            other.response_time,
            other.log_level,
            other.method,
            other.path,
        )


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ("{", "not-json"),
        ("[1]", "not-an-object"),
        ('"timestamp"', "not-an-object"),
        (LINE.replace('"timestamp":1,', ""), "no-time"),
        (LINE.replace('"timestamp":1,', '"timestamp":null,'), "no-time"),
        (LINE.replace('"timestamp":1,', '"timestamp":[],'), "bad-time"),
        ('{"timestamp":1}', "no-features"),
        ('{"timestamp":1,"response_time":"x","log_level":"x","method":"","path":null}', "no-features"),
    ],
)
def test_one_odd_record_among_alike_ones(odd: str, reason: str) -> None:
    read = EventReader(streams_settings(Format="json")).read(records([*[LINE] * 20, odd, *[LINE] * 20]))
    assert (len(read.events), reasons(read)) == (40, [reason])
    assert read.parked[0].record.offset == 20


def test_a_byte_order_mark_is_nothing() -> None:
    for line in (LINE, APACHE, "ts=1 path=/"):
        assert (
            len(EventReader(streams_settings()).read(records([b"\xef\xbb\xbf" + line.encode()])).events) == 1
        )


def test_the_format_is_that_of_most_of_the_first_records() -> None:
    reader = EventReader(streams_settings())
    assert reader.format_of("p") is None
    read = reader.read(records(["# comment", *[APACHE] * 99, LINE]))
    assert reader.format_of("p") == "combined"
    assert (len(read.events), reasons(read)) == (99, ["not-json", "not-a-log-line"])


def test_the_format_does_not_depend_on_the_batches() -> None:
    lines = [*[LINE] * 30, *[APACHE] * 40, *["ts=5 path=/x"] * 60]
    whole = EventReader(streams_settings())
    one_by_one = EventReader(streams_settings())
    together = whole.read(records(lines))
    ids = [event.id for record in records(lines) for event in one_by_one.read([record]).events]
    assert [event.id for event in together.events] == ids
    assert whole.formats == one_by_one.formats


def test_each_partition_has_its_format_and_gives_it_on() -> None:
    reader = EventReader(streams_settings())
    reader.read([*records([LINE] * 120, "a"), *records(["ts=5 path=/"] * 120, "b")])
    assert (reader.format_of("a"), reader.format_of("b")) == ("json", "logfmt")
    documents = json.loads(json.dumps(reader.formats))
    again = EventReader(streams_settings(), documents)
    assert again.format_of("b") == "logfmt"
    again.begin("c", documents["b"])
    again.begin("b", None)
    again.drop("a")
    assert (again.format_of("a"), again.format_of("b"), again.format_of("c")) == (None, None, "logfmt")


TABLE = ["timestamp,path,response_time", "2026-01-01T00:00:00Z,/,5", '2026-01-01T00:00:01Z,"/a,b",6']


@pytest.mark.parametrize("name", ["auto", "csv"])
def test_a_table_with_a_first_line_of_names(name: str) -> None:
    reader = EventReader(streams_settings(Format=name))
    read = reader.read(records(TABLE))
    assert ([event.path for event in read.events], read.skipped, read.parked) == (["/", "/a,b"], 1, [])
    # What is known of the columns goes on with the partition.
    again = EventReader(streams_settings(Format=name), reader.formats)
    assert [event.response_time for event in again.read(records(TABLE[2:])).events] == [6.0]
    assert reasons(again.read(records(["1,2"]))) == ["wrong-columns"]


def test_a_table_whose_columns_are_set() -> None:
    reader = EventReader(streams_settings(Format="csv", Format__Columns="time, path"))
    assert [event.path for event in reader.read(records(["5,/x"])).events] == ["/x"]


def test_fields_have_the_names_of_the_settings() -> None:
    reader = EventReader(streams_settings(Fields__Time="at", Fields__Path="request.path"))
    [event] = reader.read(records(['{"at":7,"request":{"path":"/5"}}'])).events
    assert (event.time, event.path) == (7.0, "/*")
    [event] = reader.read(records([APACHE], "log")).events
    assert event.path == "/x"


def test_objects_are_events_too() -> None:
    read = EventReader(streams_settings()).read_documents([{"time": 5, "path": "/"}, 7, {"path": "/"}])
    assert [event.offset for event in read.events] == [0]
    assert [(parked.record.offset, parked.reason) for parked in read.parked] == [
        (1, "not-an-object"),
        (2, "no-time"),
    ]


@pytest.mark.parametrize("name", ["auto", "json", "csv"])
def test_nothing(name: str) -> None:
    read = EventReader(streams_settings(Format=name)).read([])
    assert (len(read.events), read.parked, read.skipped) == (0, [], 0)
