"""Read records as events, in a format that is set or detected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.event_columns import TIME, WELL_KNOWN_AND_TIME, EventColumns
from anomaly_container.services.streams.event_time import TimeReader
from anomaly_container.services.streams.events import Document, Parked, Read, Record, joined
from anomaly_container.services.streams.feature_list import LOG_LEVEL, METHOD, PATH, RESPONSE_TIME, Feature
from anomaly_container.services.streams.formats import NotAnEventError
from anomaly_container.services.streams.formats.auto import FORMATS, FormatState
from anomaly_container.services.streams.formats.combined import MILLISECONDS, parse_combined
from anomaly_container.services.streams.formats.csv_row import parse_csv, parse_row
from anomaly_container.services.streams.formats.json_batch import SameFields
from anomaly_container.services.streams.formats.json_object import parse_json
from anomaly_container.services.streams.formats.logfmt import parse_logfmt
from anomaly_container.services.streams.words import comma_separated
from anomaly_container.services.streams.zones import Zone

if TYPE_CHECKING:
    from anomaly_container.services.streams.settings import StreamsSettings

Parse = Callable[[bytes], Document]
FEW: Final = 8
"""The number of records from which a check for equal fields is worthwhile."""


class EventReader:
    """Reads records as events.

    Parameters
    ----------
    settings
        The settings.
    formats
        The known format of each partition, as `formats` returned it.
    features
        The features, which decide what is read besides the well-known fields; those of the settings if None.

    Attributes
    ----------
    names
        The names under which each well-known field is looked for.
    """

    def __init__(
        self,
        settings: StreamsSettings,
        formats: Mapping[str, Mapping[str, Any]] | None = None,
        features: Sequence[Feature] | None = None,
    ) -> None:
        used = settings.features if features is None else features
        times = TimeReader(Zone(settings.zone))
        self.names = names = {
            TIME: comma_separated(settings.fields_time),
            RESPONSE_TIME: comma_separated(settings.fields_response_time),
            LOG_LEVEL: comma_separated(settings.fields_level),
            METHOD: comma_separated(settings.fields_method),
            PATH: comma_separated(settings.fields_path),
        }
        self._times = names[TIME]
        self._format = settings.format
        self._largest = settings.parked_max_bytes
        self._columns = list(comma_separated(settings.format_columns))
        self._named = EventColumns(names, used, times)
        first = [self._named.first_name(field) for field in self._named.fields]
        self._same = None if any("." in name for name in first) else SameFields(first)
        # The fields of a web server's log have their own names.
        self._of_log = EventColumns({name: (name,) for name in WELL_KNOWN_AND_TIME}, used, times)
        self._parsers: dict[str, Parse] = {
            "json": parse_json,
            "logfmt": parse_logfmt,
            "combined": partial(parse_combined, milliseconds=MILLISECONDS[settings.response_time_unit]),
        }
        self._states = {
            name: FormatState.from_document(document) for name, document in (formats or {}).items()
        }

    @property
    def formats(self) -> dict[str, dict[str, Any]]:
        """The known format of each partition, as objects of JSON."""
        return {name: state.document() for name, state in self._states.items()}

    def format_of(self, partition: str) -> str | None:
        """Return the format of a partition; None if it is not decided yet."""
        if self._format != "auto":
            return self._format
        state = self._states.get(partition)
        return state.format if state and state.is_settled else None

    def begin(self, partition: str, document: Mapping[str, Any] | None) -> None:
        """Take over the known format of a partition; None if it is not known."""
        self.drop(partition)
        if document is not None:
            self._states[partition] = FormatState.from_document(document)

    def drop(self, partition: str) -> None:
        """Forget the format of a partition, which another member owns now."""
        self._states.pop(partition, None)

    def read(self, records: Sequence[Record]) -> Read:
        """Read a batch.

        Parameters
        ----------
        records
            The records, those of a partition in their order.

        Returns
        -------
        Read
            Events of a partition are in the order of its records.
        """
        kept = [record for record in records if record.value is not None]
        skipped = len(records) - len(kept)
        if self._format in self._parsers:
            found = self._read_as(self._format, kept)
            found.skipped += skipped
            return found
        by_partition: dict[str, list[Record]] = {}
        for record in kept:
            by_partition.setdefault(record.partition, []).append(record)
        parts = [self._of_partition(name, part) for name, part in by_partition.items()]
        if not parts:
            parts = [self._read_as("json", [])]
        return _together(parts, skipped)

    def read_documents(self, documents: Sequence[object]) -> Read:
        """Read events that are objects already.

        Parameters
        ----------
        documents
            The objects. The record of each has no value, and its index as its offset.
        """
        records = [Record(str(place), "", place, place + 1, None) for place in range(len(documents))]
        parked = [
            Parked(record, "not-an-object", "It is not an object.")
            for record, document in zip(records, documents, strict=True)
            if not isinstance(document, Mapping)
        ]
        kept = [
            (record, document)
            for record, document in zip(records, documents, strict=True)
            if isinstance(document, Mapping)
        ]
        events, others = self._named.read([record for record, _ in kept], [one for _, one in kept])
        return Read(events, [*parked, *others])

    def _of_partition(self, name: str, records: list[Record]) -> Read:
        state = self._states.setdefault(name, FormatState(columns=list(self._columns)))
        parts = []
        place = 0
        if self._format == "auto":
            while place < len(records) and not state.is_settled:
                parts.append(self._look(state, records[place]))
                place += 1
        chosen = state.format if self._format == "auto" else self._format
        skipped = 0
        if chosen == "csv" and not state.columns and place < len(records):
            skipped = self._take_header(state, records[place])
            place += skipped
        parts.append(self._read_as(chosen, records[place:], state))
        return _together(parts, skipped)

    def _look(self, state: FormatState, record: Record) -> Read:
        """Read one of the first records in every format, and choose."""
        found = {name: self._read_as(name, [record], state) for name in FORMATS if name != "csv"}
        if not state.columns and not any(one.events for one in found.values()) and self._is_header(record):
            state.look({"csv": True})
            return _together([self._read_as("json", [])], self._take_header(state, record))
        if state.columns:
            found["csv"] = self._read_as("csv", [record], state)
        chosen = state.look({name: bool(one.events) for name, one in found.items()})
        return found.get(chosen, found["json"])

    def _is_header(self, record: Record) -> bool:
        try:
            cells = parse_row(record.value or b"")
        except NotAnEventError:
            return False
        return len(cells) > 1 and not set(self._times).isdisjoint(cells)

    def _take_header(self, state: FormatState, record: Record) -> int:
        try:
            state.columns = list(parse_row(record.value or b""))
        except NotAnEventError:
            return 0
        return 1

    def _read_as(self, chosen: str, records: list[Record], state: FormatState | None = None) -> Read:
        if chosen == "csv":
            names = tuple(state.columns) if state else ()
            parse: Parse = partial(parse_csv, columns=names)
        else:
            parse = self._parsers[chosen]
        if chosen == "json" and (found := self._read_same(records)) is not None:
            return found
        parked: list[Parked] = []
        kept: list[Record] = []
        documents: list[Document] = []
        for record in records:
            value = record.value or b""
            if len(value) > self._largest:
                parked.append(Parked(record, "too-large", "The record is larger than the limit."))
                continue
            try:
                document = parse(value)
            except NotAnEventError as error:
                parked.append(Parked(record, error.reason, error.detail))
                continue
            kept.append(record)
            documents.append(document)
        columns = self._of_log if chosen == "combined" else self._named
        events, others = columns.read(kept, documents)
        return Read(events, [*parked, *others])

    def _read_same(self, records: list[Record]) -> Read | None:
        """Read a batch of records that all have the fields under their first names; None if they do not."""
        values = [record.value or b"" for record in records]
        if self._same is None or len(values) < FEW or max(map(len, values)) > self._largest:
            return None
        columns = self._same.read(values)
        if columns is None:
            return None
        found = dict(zip(self._named.fields, columns, strict=True))
        return Read(*self._named.put_together(records, values, found))


def _together(parts: Sequence[Read], skipped: int) -> Read:
    return Read(
        joined([part.events for part in parts]),
        [one for part in parts for one in part.parked],
        skipped + sum(part.skipped for part in parts),
    )
