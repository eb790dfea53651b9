"""The columns of events from their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from anomaly_container.services.streams import features as read
from anomaly_container.services.streams.event_time import UNREADABLE, TimeReader
from anomaly_container.services.streams.events import Document, Events, Parked, Record
from anomaly_container.services.streams.feature_list import LOG_LEVEL, METHOD, PATH, RESPONSE_TIME, Feature

if TYPE_CHECKING:
    from anomaly_container.detection.numeric.arrays import BoolArray, FloatArray

TIME = "time"
WELL_KNOWN_AND_TIME = (TIME, RESPONSE_TIME, LOG_LEVEL, METHOD, PATH)


class EventColumns:
    """Converts documents to events.

    Parameters
    ----------
    names
        The names under which the time and the well-known fields are looked for; the first match counts.
    features
        The features; their fields that are not well-known become columns of their own.
    times
        The reader of times.

    Attributes
    ----------
    fields
        The fields of which an event is made.
    """

    def __init__(
        self, names: Mapping[str, Sequence[str]], features: Sequence[Feature], times: TimeReader
    ) -> None:
        self._names = names
        self._times = times
        self._fields = {feature.field for feature in features if feature.encoding != "time"}
        self._numbers = sorted(_others(features, {"numeric", "log1p"}) - {RESPONSE_TIME})
        self._texts = sorted(_others(features, {"ordinal", "frequency"}) - {METHOD, PATH})
        self.fields = (*WELL_KNOWN_AND_TIME, *self._numbers, *self._texts)
        self._levels = read.RememberedLevels()
        self._methods = read.Remembered(read.method)
        self._paths = read.Remembered(read.path)

    def read(self, records: list[Record], documents: list[Document]) -> tuple[Events, list[Parked]]:
        """Return the events of documents, and the records that are not events.

        Parameters
        ----------
        records
            The records.
        documents
            The fields of each.
        """
        return self.put_together(
            records, documents, {name: self._values(documents, name) for name in self.fields}
        )

    def put_together(
        self,
        records: list[Record],
        sources: Sequence[Document | bytes],
        values: Mapping[str, Sequence[object]],
    ) -> tuple[Events, list[Parked]]:
        """Return the events of the values of their fields, and the records that are not events.

        Parameters
        ----------
        records
            The records.
        sources
            The fields of each, or the JSON that they are read from.
        values
            The values of each of `fields`; None if one is missing.
        """
        times = self._times.column(values[TIME])
        if np.isnan(times).any():
            stamps = (record.timestamp for record in records)
            kafka = np.array([np.nan if stamp is None else stamp for stamp in stamps], dtype=np.float64)
            times = np.where(np.isnan(times), kafka, times)
        events = Events(
            records=records,
            sources=sources,
            times=times,
            response_times=read.numbers(values[RESPONSE_TIME]),
            log_levels=self._levels.column(values[LOG_LEVEL]),
            methods=self._methods.column(values[METHOD]),
            paths=self._paths.column(values[PATH]),
            numbers={name: read.numbers(values[name]) for name in self._numbers},
            texts={name: [read.text(value) for value in values[name]] for name in self._texts},
        )
        bad = ~np.isfinite(times) | self._is_empty(events)
        if not bad.any():
            return events, []
        parked = [_parked(records[place], float(times[place])) for place in np.flatnonzero(bad)]
        return events.take(np.flatnonzero(~bad).tolist()), parked

    def first_name(self, field: str) -> str:
        """Return the name that a field is looked for first."""
        return self._names.get(field, (field,))[0]

    def _values(self, documents: Sequence[Document], name: str) -> list[object]:
        first, *others = self._names.get(name, (name,))
        values = _looked_up(documents, first)
        if others and None in values:
            for place, value in enumerate(values):
                if value is None:
                    values[place] = _first_there(documents[place], others)
        return values

    def _is_empty(self, events: Events) -> BoolArray:
        """Return which events have nothing but a time, if any feature is made of something else."""
        empty = np.full(len(events), fill_value=bool(self._fields))
        numbers = {RESPONSE_TIME: events.response_times, LOG_LEVEL: events.log_levels, **events.numbers}
        texts = {METHOD: events.methods, PATH: events.paths, **events.texts}
        for name in self._fields & numbers.keys():
            empty &= np.isnan(numbers[name])
        if empty.any():
            for name in self._fields & texts.keys():
                empty &= np.array([not text for text in texts[name]], dtype=np.bool_)
        return empty


def _others(features: Sequence[Feature], encodings: set[str]) -> set[str]:
    """Return the fields of these encodings, but for a log level whose words are known."""
    return {feature.field for feature in features if feature.encoding in encodings and not is_level(feature)}


def is_level(feature: Feature) -> bool:
    """Return whether a feature is the level of a log, whose words are known."""
    return feature.field == LOG_LEVEL and feature.encoding == "ordinal" and not feature.order


def _looked_up(documents: Sequence[Document], name: str) -> list[object]:
    if "." not in name:
        return [document.get(name) for document in documents]
    return [_inside(document, name) for document in documents]


def _first_there(document: Document, names: Sequence[str]) -> object:
    for name in names:
        value = document.get(name) if "." not in name else _inside(document, name)
        if value is not None:
            return value
    return None


def _inside(document: Document, name: str) -> object:
    """Return the value of a name as written, or else what is inside the object before each dot."""
    value = document.get(name)
    if value is not None:
        return value
    found: object = document
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _parked(record: Record, time: float) -> Parked:
    if np.isnan(time):
        return Parked(record, "no-time", "The record has no time.")
    if time == UNREADABLE:
        return Parked(record, "bad-time", "The time of the record cannot be read.")
    return Parked(record, "no-features", "The record has nothing but a time.")


def well_known(events: Events, name: str) -> FloatArray | list[str]:
    """Return the column of a field.

    Parameters
    ----------
    events
        The events.
    name
        The field.
    """
    if name in events.numbers:
        return events.numbers[name]
    if name in events.texts:
        return events.texts[name]
    if name in {METHOD, PATH}:
        return events.methods if name == METHOD else events.paths
    return numeric(events, name)


def numeric(events: Events, name: str) -> FloatArray:
    """Return the numbers of a field.

    Parameters
    ----------
    events
        The events.
    name
        The field.

    Raises
    ------
    ValueError
        If the field is not read, or not as numbers.
    """
    columns = {RESPONSE_TIME: events.response_times, LOG_LEVEL: events.log_levels, **events.numbers}
    if name in columns:
        return columns[name]
    message = f"The field {name} is not among the numeric features."
    raise ValueError(message)
