"""Records of a source, and the events that are read from them.

The events of a batch are kept as columns; a single event is made only on demand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import TYPE_CHECKING, cast, overload

import numpy as np
import orjson

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import FloatArray

Document = Mapping[str, object]
"""The fields of an event as they were read, by name."""


def fields_of(source: Document | bytes) -> Document:
    """Return the fields of an event.

    Parameters
    ----------
    source
        The fields, or the JSON that they are read from, which is known to be an object.
    """
    return cast("Document", orjson.loads(source)) if isinstance(source, bytes) else source


@dataclass(slots=True)
class Record:
    """A record of a source.

    Attributes
    ----------
    id
        The identity of the record and of everything that is made from it.
    partition
        The name of the partition or of the file.
    offset, next_offset
        The offset at which it begins, and that of the next one.
    value
        Its bytes; None for a tombstone.
    timestamp
        Its time in seconds since 1970; None if the source has none.
    """

    id: str
    partition: str
    offset: int
    next_offset: int
    value: bytes | None
    timestamp: float | None = None


@dataclass(slots=True)
class Parked:
    """A record that is not an event.

    Attributes
    ----------
    record
        The record.
    reason
        A word, such as `bad-time`.
    detail
        A sentence without any value of the record.
    """

    record: Record
    reason: str
    detail: str


@dataclass(slots=True)
class Event:
    """One event.

    Attributes
    ----------
    id, partition, offset
        Those of its record.
    time
        Seconds since 1970.
    response_time
        Milliseconds; None if it is missing.
    log_level
        0 for trace to 5 for fatal; None if it is missing.
    method, path
        As the features take them; blank if absent.
    source
        Its fields as they were read, or the JSON that they are read from.
    """

    id: str
    partition: str
    offset: int
    time: float
    response_time: float | None
    log_level: int | None
    method: str
    path: str
    source: Document | bytes

    @property
    def document(self) -> Document:
        """Its fields as they were read."""
        return fields_of(self.source)


@dataclass(slots=True)
class Events(Sequence[Event]):
    """The events of a batch, as columns.

    Attributes
    ----------
    records
        Their records; empty if they are not needed.
    sources
        Their fields, or the JSON that they are read from; empty if they are not needed.
    times : ndarray of float64, shape (n,)
        Seconds since 1970.
    response_times, log_levels : ndarray of float64, shape (n,)
        NaN if missing.
    methods, paths
        Blank if absent.
    numbers
        Further numeric columns by field, NaN if missing.
    texts
        Further columns of texts by field, blank if absent.
    """

    records: list[Record]
    sources: Sequence[Document | bytes]
    times: FloatArray
    response_times: FloatArray
    log_levels: FloatArray
    methods: list[str]
    paths: list[str]
    numbers: dict[str, FloatArray] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.times)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> Events: ...
    def __getitem__(self, place: int | slice) -> Event | Events:
        """Return one event, or the columns of a part."""
        if isinstance(place, slice):
            return self.take(list(range(*place.indices(len(self)))))
        record = self.records[place]
        response_time, log_level = float(self.response_times[place]), float(self.log_levels[place])
        return Event(
            id=record.id,
            partition=record.partition,
            offset=record.offset,
            time=float(self.times[place]),
            response_time=None if isnan(response_time) else response_time,
            log_level=None if isnan(log_level) else int(log_level),
            method=self.methods[place],
            path=self.paths[place],
            source=self.sources[place],
        )

    @property
    def documents(self) -> list[Document]:
        """The fields of each event as they were read."""
        return [fields_of(source) for source in self.sources]

    def lean(self) -> Events:
        """Return the columns without the records and their fields, which learning does not need."""
        return replace(self, records=[], sources=[])

    def take(self, places: Sequence[int]) -> Events:
        """Return the columns of the events at these places, in their order."""
        at = np.asarray(places, dtype=np.intp)
        return Events(
            records=[self.records[place] for place in places if self.records],
            sources=[self.sources[place] for place in places if self.sources],
            times=self.times[at],
            response_times=self.response_times[at],
            log_levels=self.log_levels[at],
            methods=[self.methods[place] for place in places],
            paths=[self.paths[place] for place in places],
            numbers={name: column[at] for name, column in self.numbers.items()},
            texts={name: [column[place] for place in places] for name, column in self.texts.items()},
        )


def joined(parts: Sequence[Events]) -> Events:
    """Return the events of several batches as one.

    Parameters
    ----------
    parts
        At least one batch; all have the same columns.
    """
    if len(parts) == 1:
        return parts[0]
    return Events(
        records=[record for part in parts for record in part.records],
        sources=[source for part in parts for source in part.sources],
        times=np.concatenate([part.times for part in parts]),
        response_times=np.concatenate([part.response_times for part in parts]),
        log_levels=np.concatenate([part.log_levels for part in parts]),
        methods=[method for part in parts for method in part.methods],
        paths=[path for part in parts for path in part.paths],
        numbers={name: np.concatenate([part.numbers[name] for part in parts]) for name in parts[0].numbers},
        texts={name: [text for part in parts for text in part.texts[name]] for name in parts[0].texts},
    )


@dataclass(slots=True)
class Read:
    """The content of a batch of records.

    Attributes
    ----------
    events
        The events.
    parked
        The records that are not events.
    skipped
        The number of records that are neither: tombstones and the header of a table.
    """

    events: Events
    parked: list[Parked]
    skipped: int = 0
