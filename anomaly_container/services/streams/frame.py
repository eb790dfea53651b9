"""The rows of a table of pandas as events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from anomaly_container.services.streams.event_columns import EventColumns
from anomaly_container.services.streams.event_time import TimeReader
from anomaly_container.services.streams.events import Read, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.services.streams.events import Document
    from anomaly_container.services.streams.feature_list import Feature
    from anomaly_container.services.streams.zones import Zone


class Frame(Protocol):
    """The part of a table of pandas that is used; pandas is not imported here."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def to_dict(self, orient: Any) -> Any:  # noqa: ANN401  # pandas has overloads that no protocol fits
        """Return the rows."""

    def assign(self, **columns: Any) -> Any:  # noqa: ANN401  # as above
        """Return the table with more columns."""


def documents_of(
    frame: Frame, names: Mapping[str, Sequence[str]], features: Sequence[Feature], zone: Zone
) -> Read:
    """Read the rows of a table as events; the offset of a record is the number of its row.

    Parameters
    ----------
    frame
        The table.
    names
        The names under which each well-known field is looked for.
    features
        The features.
    zone
        The zone of a time without an offset.
    """
    documents: list[Document] = [
        # A missing value in a table is NaN or NaT, which equal nothing.
        {str(name): value for name, value in row.items() if value is not None and value == value}  # noqa: PLR0124  # not a number, of whatever type
        for row in frame.to_dict("records")
    ]
    records = [Record(str(place), "", place, place + 1, None) for place in range(len(documents))]
    events, parked = EventColumns(names, features, TimeReader(zone)).read(records, documents)
    return Read(events, parked)
