"""Settings, records and events of streams for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.events import Events, Record
from anomaly_container.services.streams.settings import StreamsSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

LICENCE = {"Eula": "accept", "Billing": "http://127.0.0.1:5001/", "ApiKey": "key"}


def streams_settings(**words: object) -> StreamsSettings:
    """Return settings; `Forest__Trees=5` is `Streams:Forest:Trees`, and an open name takes a mapping."""
    return StreamsSettings.model_validate(
        LICENCE | {f"Streams:{name.replace('__', ':')}": value for name, value in words.items()}
    )


def records(lines: Iterable[bytes | str], partition: str = "p") -> list[Record]:
    """Return a record for each line."""
    return [
        Record(
            f"{partition}-{place}",
            partition,
            place,
            place + 1,
            line.encode() if isinstance(line, str) else line,
        )
        for place, line in enumerate(lines)
    ]


def events(lines: Iterable[bytes | str], settings: StreamsSettings | None = None) -> Events:
    """Return the events of lines."""
    return EventReader(settings or streams_settings()).read(records(lines)).events
