"""The hours of a stream that are open, of all partitions; each is reported once, when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.minute_sums import MinuteSums
from anomaly_container.services.streams.notices import Change, State
from anomaly_container.services.streams.report import HOUR, WEEK, HourFigures, HourReport
from anomaly_container.services.streams.report_making import report_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CHANGES: Final = 1000
MOST_CLOSED: Final = 20_000


class Hours:
    """Takes the sums of minutes, and makes the report of an hour when stream time has passed its end.

    Of the same minute and partition the sums with the largest offset count, so that repeats do no harm.
    Sums of an hour that come after its report count as late in the next one. An hour without sums has no
    report.

    Parameters
    ----------
    stream
        The name of the stream.
    lateness
        The largest lateness of an event, in seconds.
    """

    def __init__(self, stream: str, *, lateness: float) -> None:
        self._stream = stream
        self._lateness = lateness
        self._open: dict[int, dict[tuple[str, int], MinuteSums]] = {}
        self._closed: dict[tuple[str, int], tuple[int, int]] = {}
        """Offset and events of minutes whose hour was reported; the newest last."""
        self._reported: int | None = None
        """The last hour that was reported."""
        self._history: dict[int, HourFigures] = {}
        self._changes: list[Change] = []
        self._late = 0

    def put(self, partition: str, sums: MinuteSums) -> None:
        """Take the sums of a minute of a partition."""
        hour = sums.minute // HOUR * HOUR
        place = partition, sums.minute
        if self._reported is not None and hour <= self._reported:
            offset, events = self._closed.pop(place, (-1, 0))
            if sums.offset > offset:
                self._late += max(sums.events - events, 0)
                offset, events = sums.offset, sums.events
            self._close(place, offset, events)
            return
        minutes = self._open.setdefault(hour, {})
        if place not in minutes or sums.offset > minutes[place].offset:
            minutes[place] = sums

    def alarm_change(self, change: Change) -> None:
        """Take a change of an alarm; an hour keeps the first 1,000."""
        if len(self._changes) < MOST_CHANGES:
            self._changes.append(change)

    def advance(self, stream_time: float) -> list[HourReport]:
        """Return the reports of the hours that are over by now."""
        return [
            self._report(hour) for hour in sorted(self._open) if hour + HOUR + self._lateness <= stream_time
        ]

    def end(self) -> list[HourReport]:
        """Return the reports of all hours that are open, at the end of a finite source."""
        return [self._report(hour) for hour in sorted(self._open)]

    def document(self) -> dict[str, Any]:
        """Return the state as JSON; equal states have equal documents."""
        return {
            "open": [
                [partition, sums.document()]
                for hour in sorted(self._open)
                for (partition, _), sums in sorted(self._open[hour].items())
            ],
            "closed": [[*place, *figures] for place, figures in self._closed.items()],
            "reported": self._reported,
            "history": [
                [hour, figures.events, figures.anomalies, figures.p95]
                for hour, figures in sorted(self._history.items())
            ],
            "changes": [
                [one.alarm, one.number, one.time, one.before.value, one.after.value, one.count]
                for one in self._changes
            ],
            "late": self._late,
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned."""
        self._open = {}
        self._reported = None
        for partition, sums in document["open"]:
            self.put(partition, MinuteSums.from_document(sums))
        self._reported = document["reported"]
        self._closed = {
            (partition, minute): (offset, events) for partition, minute, offset, events in document["closed"]
        }
        self._history = {
            hour: HourFigures(events, anomalies, anomalies / events if events else 0.0, p95)
            for hour, events, anomalies, p95 in document["history"]
        }
        self._changes = [
            Change(alarm, number, float(time), State(before), State(after), count)
            for alarm, number, time, before, after, count in document["changes"]
        ]
        self._late = document["late"]

    def _report(self, hour: int) -> HourReport:
        minutes = self._open.pop(hour)
        end = hour + HOUR
        report = report_of(
            self._stream,
            hour,
            [*minutes.values(), MinuteSums(hour, late_before=self._late)],
            changes=[change for change in self._changes if change.time < end],
            history=self._history,
        )
        self._changes = [change for change in self._changes if change.time >= end]
        self._late = 0
        self._reported = hour
        for place, sums in sorted(minutes.items()):
            self._close(place, sums.offset, sums.events)
        self._history = {then: kept for then, kept in self._history.items() if then > hour - WEEK}
        self._history[hour] = report.figures
        return report

    def _close(self, place: tuple[str, int], offset: int, events: int) -> None:
        self._closed[place] = offset, events
        while len(self._closed) > MOST_CLOSED:
            del self._closed[next(iter(self._closed))]
