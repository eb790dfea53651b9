"""Processor time of an event: parsing and features beside orjson alone, and all without a broker."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson

from anomaly_container.detection.forest import _kernels
from anomaly_container.services.streams.event_reader import EventReader
from anomaly_container.services.streams.sample import lines
from anomaly_container.services.streams.scoring import Scoring
from anomaly_container.services.streams.sources import Batch
from anomaly_container.services.streams.training import train
from tests.bench.streams import targets
from tests.support.stream_samples import records_of, stream_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.services.streams.events import Record
    from anomaly_container.services.streams.model_file import Model
    from tests.bench.batches.targets import Verdicts

TRAINED, BATCH = 16_000, 500
SECONDS_APART: Final = 0.01
"""Of events in a dense stream. Those of the sample are 49 apart: each has almost a minute of its own."""
TURNS: Final = 9
PARTITION: Final = "sample-0"


def measure() -> dict[str, float]:
    """Return the seconds of an event by what is done with it, each the least of some turns."""
    records = records_of(list(lines()), PARTITION)
    settings = stream_settings(Format="json")
    model = train(records[:TRAINED], settings, created=0.0).model
    batches = [records[begin : begin + BATCH] for begin in range(TRAINED, len(records), BATCH)]
    reader = EventReader(settings, features=model.encoder.features)

    def features(batch: Sequence[Record]) -> None:
        raw, _, _ = model.encoder.rows(reader.read(batch).events)
        model.encoder.scaled(raw)

    dense = _dense(batches)
    works: dict[str, Callable[[], float]] = {
        "orjson alone": lambda: _seconds(batches, _parse),
        "parse and features": lambda: _seconds(batches, features),
        "whole event, dense": lambda: _whole(model, dense),
        "whole event, of the sample": lambda: _whole(model, batches),
        "whole event, dense, in numpy alone": lambda: _in_numpy(model, dense),
    }
    seconds = dict.fromkeys(works, float("inf"))
    for _ in range(TURNS):
        for name, work in works.items():
            seconds[name] = min(seconds[name], work())
    return seconds


def table(seconds: dict[str, float], verdicts: Verdicts) -> str:
    """Return the times as a table, and judge them."""
    times = {name: f"{1e6 * taken:.3g} us" for name, taken in seconds.items()}
    judged = {
        "parse and features": verdicts.at_most(
            "parse and features, times orjson alone",
            seconds["parse and features"] / seconds["orjson alone"],
            targets.TIMES_ORJSON,
        ),
        "whole event, dense": verdicts.at_most(
            "whole event, us", 1e6 * seconds["whole event, dense"], targets.EVENT_MICROSECONDS
        ),
        "whole event, dense, in numpy alone": verdicts.at_least(
            "events a second in numpy alone",
            1.0 / seconds["whole event, dense, in numpy alone"],
            targets.EVENTS_PER_SECOND_IN_NUMPY,
        ),
    }
    lines_of = [f"| {name} | {times[name]} | {judged.get(name, '-')} |" for name in times]
    return "\n".join(["| an event | processor time | target |", "|---|---|---|", *lines_of])


def _dense(batches: Sequence[Sequence[Record]]) -> list[list[Record]]:
    """Return the same events closer together."""
    found = [orjson.loads(record.value or b"") for batch in batches for record in batch]
    begin = datetime.fromisoformat(found[0]["timestamp"])
    for place, event in enumerate(found):
        event["timestamp"] = (begin + timedelta(seconds=place * SECONDS_APART)).isoformat()
    records = records_of([orjson.dumps(event) for event in found], PARTITION)
    return [records[first : first + BATCH] for first in range(0, len(records), BATCH)]


def _parse(batch: Sequence[Record]) -> None:
    for record in batch:
        orjson.loads(record.value or b"")


def _whole(model: Model, batches: Sequence[Sequence[Record]]) -> float:
    """Return the seconds of an event from its record to the line of its result."""
    settings = stream_settings(Format="json")
    scoring = Scoring(settings, model)
    scoring.begin(PARTITION, None)
    scoring.place(PARTITION, batches[0][0].offset)

    def take(batch: Sequence[Record]) -> None:
        positions = {PARTITION: {"offset": batch[-1].next_offset}}
        for result in scoring.take(Batch(list(batch), positions)).results:
            result.line(settings)

    return _seconds(batches, take)


def _in_numpy(model: Model, batches: Sequence[Sequence[Record]]) -> float:
    kept, _kernels.compiled = _kernels.compiled, None
    try:
        return _whole(model, batches)
    finally:
        _kernels.compiled = kept


def _seconds(batches: Sequence[Sequence[Record]], work: Callable[[Sequence[Record]], object]) -> float:
    begin = time.process_time()
    for batch in batches:
        work(batch)
    return (time.process_time() - begin) / sum(map(len, batches))
