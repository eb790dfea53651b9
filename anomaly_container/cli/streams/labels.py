"""The labels of a source: the events that are marked as anomalies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from anomaly_container.cli.streams.reading import batched
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.events import joined
from anomaly_container.services.streams.sample import episode_of
from anomaly_container.services.streams.settings import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anomaly_container.detection.numeric.arrays import IntArray
    from anomaly_container.services.streams.events import Record
    from anomaly_container.services.streams.settings import StreamsSettings

FIELD: Final = "label"
USUAL: Final = frozenset({"", "0", "0.0", "false", "no", "none", "normal"})
"""The labels of events that are not anomalies, in any case; every other label marks an anomaly."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The events of a source, and the ids of the anomalies among them.

    Attributes
    ----------
    are_known
        True if the events are labelled at all.
    anomalous
        The ids of the anomalies.
    """

    are_known: bool
    anomalous: frozenset[str]
    _ids: Sequence[str]
    _times: np.ndarray

    def ids_of_slot(self, slot: int, seconds: int) -> list[str]:
        """Return the ids of the events of a slot.

        Parameters
        ----------
        slot
            Its number: the second since 1970 at which it begins, divided by its length.
        seconds
            The length of a slot.
        """
        return [self._ids[place] for place in self._places(slot * seconds, (slot + 1) * seconds)]

    def _places(self, begin: float, end: float) -> IntArray:
        return np.flatnonzero((self._times >= begin) & (self._times < end))


def labelled(records: Sequence[Record], before: Sequence[Record], settings: StreamsSettings) -> Labels:
    """Return the labels of records: their field `label`, or the episodes of the sample.

    Parameters
    ----------
    records
        The records.
    before
        The records before them, from which the format is detected.
    settings
        The settings.
    """
    reader = EventReader(settings)
    for batch in batched(before):
        reader.read(batch)
    events = joined([reader.read(batch).events for batch in batched(records)] or [reader.read([]).events])
    ids = [record.id for record in events.records]
    if settings.source == SAMPLE:
        marks: list[object] = [episode_of(int(id_.rpartition("-")[2]) - 1) for id_ in ids]
    else:
        marks = [document.get(FIELD) for document in events.documents]
    are_known = settings.source == SAMPLE or any(FIELD in document for document in events.documents)
    marked = (id_ for id_, mark in zip(ids, marks, strict=True) if _marks_an_anomaly(mark))
    return Labels(are_known, frozenset(marked), ids, events.times)


def _marks_an_anomaly(mark: object) -> bool:
    return mark is not None and str(mark).casefold() not in USUAL
