"""Values of a batch as reasons show them.

The smallest example: the level of code 4 is shown as ERROR.
"""

from __future__ import annotations

from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.shown_values import shown_columns
from tests.support.stream_samples import records_of, sample_model, stream_settings

LINE = (
    b'{"timestamp": "2026-01-03T10:00:00Z", "response_time": 80.5, "log_level": "error", "method": "get",'
    b' "path": "/a/7"}'
)
BARE = b'{"timestamp": "2026-01-03T10:00:00Z", "method": "GET"}'


def test_values_are_shown_as_a_reader_knows_them() -> None:
    encoder = sample_model().encoder
    reader = EventReader(stream_settings(Format="json"), features=encoder.features)
    events = reader.read(records_of([LINE, BARE])).events
    columns = shown_columns(encoder, events, encoder.rows(events)[0])
    assert {column.name: list(column.values) for column in columns} == {
        "response_time": [80.5, None],
        "log_level": ["ERROR", None],
        "method": ["GET", "GET"],
        "path": ["/a/*", ""],
        "hour": [10.0, 10.0],
        "day_of_week": [5.0, 5.0],
        "is_weekend": [1.0, 1.0],
    }
    usual = {column.name: column.usual for column in columns}
    assert usual["log_level"] == "INFO"
    assert usual["method"] == "GET"
