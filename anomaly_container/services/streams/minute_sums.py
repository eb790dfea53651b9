"""The sums of a minute of a partition, of which hourly reports are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.sketch import Sketch
from anomaly_container.services.streams.trace import Trace
from anomaly_container.services.streams.value_counts import ValueCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MINUTE: Final = 60
WORST: Final = 10
MERGED: Final = ("response_time", "score", "levels", "methods", "paths", "trace")


@dataclass(slots=True)
class Worst:
    """One of the worst events of a minute.

    Attributes
    ----------
    event
        The flagged event.
    response_time
        Its response time in milliseconds; None if missing.
    """

    event: Flagged
    response_time: float | None


@dataclass(slots=True)
class MinuteSums:
    """Everything that a report needs of a minute, in bounded size. Two of them can be merged.

    Attributes
    ----------
    minute
        Its beginning, in seconds since 1970.
    offset
        The offset up to which they count: of the same minute and partition the largest one counts.
    events, anomalies
        The number of them.
    first, last
        The least and largest time of an event; None without events.
    threshold
        The largest threshold of an event; None without events.
    response_time, score
        Their distributions.
    levels, methods, paths
        Events and anomalies by value.
    features
        The number of anomalies with a feature as main reason, and the sum of its shares in units of 2^-40.
    worst
        The ten anomalies with the highest scores.
    trace
        The course of score and response time.
    parked, filled
        The numbers of parked records by reason, and of filled values by feature.
    late_before
        The number of events in this minute of stream time whose hour was over.
    future
        The number of events in this minute of stream time that were ahead of the clock.
    """

    minute: int
    offset: int = -1
    events: int = 0
    anomalies: int = 0
    first: float | None = None
    last: float | None = None
    threshold: float | None = None
    response_time: Sketch = field(default_factory=Sketch)
    score: Sketch = field(default_factory=Sketch)
    levels: ValueCounts = field(default_factory=ValueCounts)
    methods: ValueCounts = field(default_factory=ValueCounts)
    paths: ValueCounts = field(default_factory=ValueCounts)
    features: dict[str, list[int]] = field(default_factory=dict)
    worst: list[Worst] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    parked: dict[str, int] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    late_before: int = 0
    future: int = 0

    def merge(self, other: MinuteSums) -> None:
        """Add the sums of another."""
        self.offset = max(self.offset, other.offset)
        self.events += other.events
        self.anomalies += other.anomalies
        self.first = min((time for time in (self.first, other.first) if time is not None), default=None)
        self.last = max((time for time in (self.last, other.last) if time is not None), default=None)
        levels = (level for level in (self.threshold, other.threshold) if level is not None)
        self.threshold = max(levels, default=None)
        for name in MERGED:
            getattr(self, name).merge(getattr(other, name))
        for feature, (times, shares) in other.features.items():
            counts = self.features.setdefault(feature, [0, 0])
            counts[0] += times
            counts[1] += shares
        self.worst = highest([*self.worst, *other.worst])
        for mine, theirs in ((self.parked, other.parked), (self.filled, other.filled)):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count
        self.late_before += other.late_before
        self.future += other.future

    def document(self) -> dict[str, Any]:
        """Return the sums as JSON; equal sums have equal documents."""
        return {
            "minute": self.minute,
            "offset": self.offset,
            "events": self.events,
            "anomalies": self.anomalies,
            "first": self.first,
            "last": self.last,
            "threshold": self.threshold,
            "responseTime": self.response_time.document(),
            "score": self.score.document(),
            "levels": self.levels.document(),
            "methods": self.methods.document(),
            "paths": self.paths.document(),
            "features": {
                name: [times, str(shares)] for name, (times, shares) in sorted(self.features.items())
            },
            "worst": [[worst.event.document(), worst.response_time] for worst in self.worst],
            "trace": self.trace.document(),
            "parked": dict(sorted(self.parked.items())),
            "filled": dict(sorted(self.filled.items())),
            "lateBefore": self.late_before,
            "future": self.future,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> MinuteSums:
        """Read what `document` returned.

        Raises
        ------
        ValueError
            If its counts do not add up.
        """
        return cls(
            minute=document["minute"],
            offset=document["offset"],
            events=document["events"],
            anomalies=document["anomalies"],
            first=document["first"],
            last=document["last"],
            threshold=document["threshold"],
            response_time=Sketch.from_document(document["responseTime"]),
            score=Sketch.from_document(document["score"]),
            levels=ValueCounts.from_document(document["levels"]),
            methods=ValueCounts.from_document(document["methods"]),
            paths=ValueCounts.from_document(document["paths"]),
            features={name: [times, int(shares)] for name, (times, shares) in document["features"].items()},
            worst=[Worst(Flagged.from_document(event), time) for event, time in document["worst"]],
            trace=Trace.from_document(document["trace"]),
            parked=dict(document["parked"]),
            filled=dict(document["filled"]),
            late_before=document["lateBefore"],
            future=document["future"],
        )


def minute_of(time: float) -> int:
    """Return the beginning of the minute of a time, in seconds since 1970."""
    return int(time // MINUTE) * MINUTE


def highest(worst: Iterable[Worst]) -> list[Worst]:
    """Return the ten with the highest scores, the highest first; ties by id."""
    return sorted(worst, key=lambda one: (-one.event.score, one.event.id))[:WORST]
