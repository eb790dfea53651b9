"""The alarms and hourly reports of a stream, as a function of the messages of the internal topic."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from anomaly_container.services.streams.alarms import Alarms, Notice
from anomaly_container.services.streams.flagged import Flagged
from anomaly_container.services.streams.hours import Hours
from anomaly_container.services.streams.internal_topic import FlaggedMessage, MinuteMessage, TimeMessage
from anomaly_container.services.streams.notices import Change
from anomaly_container.services.streams.report import HourReport
from anomaly_container.services.streams.stream_time import StreamTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anomaly_container.services.streams.internal_topic import Message
    from anomaly_container.services.streams.settings import StreamsSettings

Outcome = Change | Notice | HourReport
PARKED: Final = "parked"
LAG: Final = "lag"
SILENT: Final = "silent"


class Monitor:
    """Takes messages in their order and returns what changes.

    With one partition a flagged event counts at once, as it came. With more it waits until the time of the
    stream, which is that of the slowest active partition, has reached it; ties go by id. So the alarms
    do not depend on how fast the partitions are read.

    Parameters
    ----------
    settings
        The settings.
    link
        The address of the page, for notices.
    """

    def __init__(self, settings: StreamsSettings, *, link: str | None = None) -> None:
        self._settings = settings
        zone = ZoneInfo(settings.zone)
        self.alarms = Alarms(settings.name, settings.alarms, zone, link=link, values=settings.output_values)
        self.hours = Hours(settings.name, lateness=settings.allowed_lateness_seconds)
        self.time = StreamTime(settings.allowed_lateness_seconds)
        self._settled = StreamTime(settings.allowed_lateness_seconds)
        self._flagged: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._waiting: list[tuple[float, str, Flagged]] = []
        self._parked: set[str] = set()
        self._behind: dict[str, float] = {}
        self._has_begun = False

    def take(self, messages: Iterable[Message]) -> list[Outcome]:
        """Take messages, and return changes of alarms, notices and reports in their order."""
        found: list[Outcome] = []
        for message in messages:
            if isinstance(message, FlaggedMessage):
                found += self._begin(message.first_time)
                found += self._take_flagged(message)
            elif isinstance(message, MinuteMessage):
                self.hours.put(message.partition, message.sums)
                found += self._noted(self._seen(message.sums.first, message.sums.last))
            else:
                found += self._begin(message.first_time)
                found += self._take_time(message)
        return found

    def end(self) -> list[Outcome]:
        """Return the outcomes at the end of a finite source: the reports of the open hours."""
        found = self._noted(self._release(float("inf")))
        return [*found, *self.hours.end()]

    def document(self) -> dict[str, Any]:
        """Return the state in types of JSON. Equal states have equal documents."""
        return {
            "alarms": self.alarms.document(),
            "hours": self.hours.document(),
            "time": self.time.document(),
            "settled": self._settled.document(),
            "flagged": self._flagged,
            "ends": self._ends,
            "waiting": [event.document() for _, _, event in self._waiting],
            "parked": sorted(self._parked),
            "behind": self._behind,
            "hasBegun": self._has_begun,
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state of a document."""
        self.alarms.restore(document["alarms"])
        self.hours.restore(document["hours"])
        self.time.restore(document["time"])
        self._settled.restore(document["settled"])
        self._flagged, self._ends = dict(document["flagged"]), dict(document["ends"])
        waiting = [Flagged.from_document(event) for event in document["waiting"]]
        self._waiting = [(event.time, event.id, event) for event in waiting]
        self._parked, self._behind = set(document["parked"]), dict(document["behind"])
        self._has_begun = document["hasBegun"]

    def _begin(self, first_time: float | None) -> list[Outcome]:
        """Pass the first event of all to the alarms; it need not be flagged."""
        if self._has_begun or first_time is None:
            return []
        self._has_begun = True
        return self._noted(self.alarms.seen(first_time, first_time))

    def _seen(self, first: float | None, last: float | None) -> list[Change | Notice]:
        """Pass the times of a minute to the alarms; they are None if all of its events came too late."""
        return self.alarms.seen(first, last) if first is not None and last is not None else []

    def _take_flagged(self, message: FlaggedMessage) -> list[Outcome]:
        event = message.event
        if event.offset <= self._flagged.get(event.partition, -1):
            return []
        self._flagged[event.partition] = event.offset
        if not self.time.is_of_many:
            before = [] if message.stream_time is None else self.alarms.advance(message.stream_time)
            return self._noted([*before, *self.alarms.flagged(event)])
        insort(self._waiting, (event.time, event.id, event))
        if message.stream_time is not None:
            self.time.reached(event.partition, message.stream_time)
        return self._noted(self._release(self.time.now))

    def _take_time(self, message: TimeMessage) -> list[Outcome]:
        name = message.partition
        speaks = message.offset > self._ends.get(name, -1)
        if message.offset < self._ends.get(name, -1):
            return []  # a member reads again what another one has already sent
        self._ends[name] = message.offset
        for time in (self.time, self._settled):
            time.hear(message.clock, message.partitions)
            if speaks:
                time.speaks(name)
            if message.stream_time is not None:
                time.reached(name, message.stream_time)
        found = self._release(self.time.now)
        if self.time.now is not None:
            found += self.alarms.advance(self.time.now)
        found += self._conditions(message)
        noted = self._noted(found)
        return noted if self._settled.now is None else [*noted, *self.hours.advance(self._settled.now)]

    def _release(self, now: float | None) -> list[Change | Notice]:
        found: list[Change | Notice] = []
        while now is not None and self._waiting and self._waiting[0][0] <= now:
            found += self.alarms.flagged(self._waiting.pop(0)[2])
        return found

    def _conditions(self, message: TimeMessage) -> list[Change | Notice]:
        """Evaluate the alarms about the stream itself: a rate of flags does not show that data stopped."""
        at = message.clock if message.clock is not None else message.stream_time
        if at is None:
            return []
        (self._parked.add if message.parked else self._parked.discard)(message.partition)
        found = self.alarms.condition(PARKED, at, holds=bool(self._parked), figure=float(len(self._parked)))
        lag, silent = self._settings.lag_seconds, self._settings.silent_seconds
        if lag is not None and message.lag_seconds is not None:
            # The slowest partition counts: another one that is not behind does not end the alarm.
            self._behind[message.partition] = message.lag_seconds
            behind = max(self._behind.values())
            found += self.alarms.condition(LAG, at, holds=behind > lag, figure=behind)
        if silent is not None and message.clock is not None:
            quiet = self.time.quiet_seconds
            found += self.alarms.condition(SILENT, at, holds=quiet > silent, figure=quiet)
        return found

    def _noted(self, found: Iterable[Change | Notice]) -> list[Outcome]:
        noted: list[Outcome] = []
        for one in found:
            if isinstance(one, Change):
                self.hours.alarm_change(one)
            noted.append(one)
        return noted
