"""The state of a partition: a function of all of its events up to an offset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.recent_share import RecentShare
from anomaly_container.services.streams.totals import Totals

if TYPE_CHECKING:
    from anomaly_container.services.streams.sources import Position

VERSION: Final = 1


@dataclass(slots=True)
class PartitionState:
    """The state of a partition.

    Attributes
    ----------
    position
        The position to read from; `offset` is the next one.
    first_time, stream_time
        The times of its first event and the largest one so far; None before the first.
    model
        The id of the model that the threshold and the rows belong to.
    threshold
        The state of the threshold; None at its beginning.
    rows
        The last scaled rows, if a vector is made of several.
    format
        The known format; None at its beginning.
    book
        The sums of the minutes whose hour is still open.
    recent
        The last records, and which of them were parked.
    totals
        The events that each container has scored.
    keys
        The state of the series of keys, in mode keys.
    monitor
        The state of the alarms and reports, if they are in this process: of a file.
    """

    book: MinuteBook
    position: Position = field(default_factory=lambda: {"offset": 0})
    first_time: float | None = None
    stream_time: float | None = None
    model: str = ""
    threshold: dict[str, Any] | None = None
    rows: list[list[float]] = field(default_factory=list)
    format: dict[str, Any] | None = None
    recent: RecentShare = field(default_factory=RecentShare)
    totals: Totals = field(default_factory=Totals)
    keys: dict[str, Any] | None = None
    monitor: dict[str, Any] | None = None

    @property
    def offset(self) -> int:
        """The next offset to read."""
        return self.position["offset"]

    def document(self) -> dict[str, Any]:
        """Return the state in types of JSON. Equal states have equal documents."""
        return {
            "version": VERSION,
            "position": self.position,
            "firstTime": self.first_time,
            "streamTime": self.stream_time,
            "model": self.model,
            "threshold": self.threshold,
            "rows": self.rows,
            "format": self.format,
            "minutes": self.book.document(),
            "recent": self.recent.document(),
            "totals": self.totals.document(),
            "keys": self.keys,
            "monitor": self.monitor,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> PartitionState:
        """Return the state of a document."""
        return cls(
            position=document["position"],
            first_time=document["firstTime"],
            stream_time=document["streamTime"],
            model=document["model"],
            threshold=document["threshold"],
            rows=document["rows"],
            format=document["format"],
            book=MinuteBook.from_document(document["minutes"]),
            recent=RecentShare.from_document(document["recent"]),
            totals=Totals.from_document(document["totals"]),
            keys=document["keys"],
            monitor=document["monitor"],
        )


def encoded(state: PartitionState) -> bytes:
    """Return the state as bytes; equal states are equal bytes."""
    return orjson.dumps(state.document(), option=orjson.OPT_SORT_KEYS)


def decoded(content: bytes) -> PartitionState:
    """Return the state of bytes."""
    return PartitionState.from_document(orjson.loads(content))
