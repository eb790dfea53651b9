"""A replay with a model of the kind sarima: events go into slots, and each slot has one result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anomaly_container.services.streams.event_columns import well_known
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.feature_list import parse_features
from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.monitor import Monitor
from anomaly_container.services.streams.sketch import Sketch, grouped
from anomaly_container.services.streams.slot_scoring import SlotScoring
from anomaly_container.services.streams.state import PartitionState
from anomaly_container.services.streams.telling import flagged_messages, time_messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from anomaly_container.services.streams.events import Events, Parked, Record
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.results import Result
    from anomaly_container.services.streams.settings import StreamsSettings


def replay_slots(
    settings: StreamsSettings,
    model: Model,
    batches: Iterable[Sequence[Record]],
    formats: Mapping[str, dict[str, Any]],
) -> Iterator[Result | Parked | Outcome]:
    """Judge the slots of records, and yield all outcomes; see `replay`.

    The last slot has no result: it is not over.
    """
    scoring, monitor = SlotScoring(settings, model), Monitor(settings)
    field = scoring.metric.rpartition(":")[0]
    reader = EventReader(settings, formats, parse_features(f"{field or 'response_time'}:numeric"))
    state = PartitionState(MinuteBook(settings.allowed_lateness_seconds))
    names, now = (settings.name,), -np.inf
    for records in batches:
        read = reader.read(records)
        yield from read.parked
        if not len(read.events):
            continue
        scoring.put(slot_sketches(read.events, field, scoring.seconds))
        now = max(now, float(read.events.times.max()))
        results = scoring.advance(now)
        for result in results:
            result.stream_time = state.stream_time
            state.stream_time, state.position = result.time, {"offset": result.offset + 1}
            state.first_time = result.time if state.first_time is None else state.first_time
        state.book.add(results)
        yield from results
        messages = flagged_messages(results, {settings.name: state})
        messages += time_messages(settings.name, state, clock=None, partitions=names)
        yield from monitor.take(messages)
    yield from monitor.end()


def slot_sketches(events: Events, field: str, seconds: int) -> dict[int, Sketch]:
    """Return the values of a field by the second at which their slot begins.

    Parameters
    ----------
    events
        The events.
    field
        The field; blank for the number of events.
    seconds
        The length of a slot.
    """
    values = well_known(events, field) if field else np.zeros(len(events))
    assert not isinstance(values, list)  # noqa: S101  # the field was read as numbers
    slots = np.floor_divide(events.times, seconds).astype(np.int64) * seconds
    is_there = ~np.isnan(values)
    return grouped(values[is_there], slots[is_there])
