"""The pipeline over a finite source, in stream time: no clock, no sinks, and the same results every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anomaly_container.services.streams.minute_book import MinuteBook
from anomaly_container.services.streams.monitor import Monitor
from anomaly_container.services.streams.scoring_choice import scoring_of
from anomaly_container.services.streams.slot_replay import replay_slots
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.state import PartitionState, encoded
from anomaly_container.services.streams.telling import flagged_messages, time_messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from anomaly_container.services.streams.events import Parked, Record
    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.model_file import Model
    from anomaly_container.services.streams.monitor import Outcome
    from anomaly_container.services.streams.results import Result
    from anomaly_container.services.streams.scoring import Scoring
    from anomaly_container.services.streams.settings import StreamsSettings


def replay(
    settings: StreamsSettings,
    model: Model | None,
    batches: Iterable[Sequence[Record]],
    formats: Mapping[str, dict[str, Any]] | None = None,
) -> Iterator[Result | Parked | Outcome]:
    """Score records as the service does, and yield all outcomes.

    Parameters
    ----------
    settings
        The settings.
    model
        The model; None in mode keys.
    batches
        The records, those of a partition in their order.
    formats
        The known format of a partition, from records before these.

    Yields
    ------
    Result, Parked, Change, Notice or HourReport
        Of each batch the parked records and the results, in their order, and then the changes of alarms and
        the reports. At the end come the reports of the hours that are still open.
    """
    if model is not None and model.kind == "sarima":
        yield from replay_slots(settings, model, batches, formats or {})
        return
    scoring, monitor = scoring_of(settings, model), Monitor(settings)
    for records in batches:
        positions = {record.partition: {"offset": record.next_offset} for record in records}
        new = sorted(positions.keys() - scoring.states.keys())
        for name in new:
            book = MinuteBook(settings.allowed_lateness_seconds)
            scoring.begin(name, encoded(PartitionState(book, format=(formats or {}).get(name))))
        # The alarms wait for the slowest partition, so they know of all of them before the first event.
        yield from monitor.take(_times(scoring, new))
        scored = scoring.take(Batch(list(records), positions))
        yield from scored.parked
        yield from scored.results
        messages = flagged_messages(scored.results, scoring.states)
        yield from monitor.take([*messages, *_times(scoring, sorted(positions))])
    yield from monitor.end()


def _times(scoring: Scoring, names: Iterable[str]) -> list[Message]:
    """Return the messages of partitions about their minutes and their positions."""
    partitions = tuple(scoring.states)
    return [
        message
        for name in names
        for message in time_messages(name, scoring.states[name], clock=None, partitions=partitions)
    ]
