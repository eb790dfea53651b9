"""Columns of events.

The smallest example: of the names `time` and `ts` the first one that is there and not null counts.
"""

from __future__ import annotations

import pytest

from anomaly_container.services.streams.event_columns import EventColumns, numeric, well_known
from anomaly_container.services.streams.event_time import TimeReader
from anomaly_container.services.streams.events import Document, Events, Parked, Record
from anomaly_container.services.streams.feature_list import parse_features
from anomaly_container.services.streams.zones import Zone

NAMES = {
    "time": ("time", "ts"),
    "response_time": ("http.took", "took"),
    "log_level": ("level",),
    "method": ("method",),
    "path": ("path",),
}
FEATURES = parse_features("response_time:numeric,size:numeric,user:frequency")


def read(*documents: Document, timestamp: float | None = None) -> tuple[Events, list[Parked]]:
    columns = EventColumns(NAMES, FEATURES, TimeReader(Zone("UTC")))
    records = [Record(str(place), "p", place, place + 1, b"", timestamp) for place in range(len(documents))]
    return columns.read(records, list(documents))


def test_the_first_name_that_is_there() -> None:
    columns = EventColumns(NAMES, FEATURES, TimeReader(Zone("UTC")))
    records = [Record("0", "p", 0, 1, b"")]
    events, _ = columns.read(records, [{"time": None, "ts": 5, "took": 7}])
    assert (events.times.tolist(), events.response_times.tolist()) == ([5.0], [7.0])
    events, _ = columns.read(records, [{"ts": 5, "took": 7, "http": {"took": 8}}])
    assert events.response_times.tolist() == [8.0]
    events, _ = columns.read(records, [{"ts": 5, "http.took": 9, "http": {"took": 8}}])
    assert events.response_times.tolist() == [9.0]
    events, _ = columns.read(records, [{"ts": 5, "took": 7, "http": 3}])
    assert events.response_times.tolist() == [7.0]


def test_further_fields_are_columns() -> None:
    events, _ = EventColumns(NAMES, FEATURES, TimeReader(Zone("UTC"))).read(
        [Record("0", "p", 0, 1, b"")], [{"ts": 5, "size": "4", "user": 17}]
    )
    assert (events.numbers["size"].tolist(), events.texts) == ([4.0], {"user": ["17"]})
    assert well_known(events, "user") == ["17"]
    assert well_known(events, "method") == [""]
    assert numeric(events, "size").tolist() == [4.0]
    with pytest.raises(ValueError, match="not among the numeric"):
        numeric(events, "user")


def test_the_time_of_the_record_stands_in() -> None:
    events, parked = read({"took": 1}, {"time": True, "took": 1}, timestamp=9.0)
    assert events.times.tolist() == [9.0, 9.0]
    assert parked == []


def test_what_is_parked() -> None:
    columns = EventColumns(NAMES, FEATURES, TimeReader(Zone("UTC")))
    records = [Record(str(place), "p", place, place + 1, b"") for place in range(5)]
    documents: list[Document] = [
        {"took": 1},
        {"time": "x", "took": 1},
        {"time": 5, "path": "/"},
        {"time": 5, "took": 2},
        {"time": 5},
    ]
    events, parked = columns.read(records, documents)
    # The path is not among the features, so that nothing of the third one counts.
    assert [(one.record.id, one.reason) for one in parked] == [
        ("0", "no-time"),
        ("1", "bad-time"),
        ("2", "no-features"),
        ("4", "no-features"),
    ]
    assert [event.id for event in events] == ["3"]


def test_features_of_time_alone_park_nothing() -> None:
    columns = EventColumns(NAMES, parse_features("time:hour"), TimeReader(Zone("UTC")))
    events, parked = columns.read([Record("0", "p", 0, 1, b"")], [{"time": 5}])
    assert (len(events), parked) == (1, [])
