"""The alarms of a stream, by name and filter, those about the stream itself, and their messages."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from anomaly_container.services.streams.alarm import Alarm
from anomaly_container.services.streams.condition import Condition
from anomaly_container.services.streams.evidence import Evidence
from anomaly_container.services.streams.maintenance import Maintenance, parse
from anomaly_container.services.streams.notices import Change, Due, State
from anomaly_container.services.streams.results import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from anomaly_container.services.streams.alarm_settings import AlarmSettings
    from anomaly_container.services.streams.flagged import Flagged


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about an alarm: it began, or it ended.

    Attributes
    ----------
    stream
        The name of the stream.
    due
        The message that is due.
    window
        The length of a window in seconds; None for an alarm about the stream itself.
    evidence
        The highest anomalies, the main feature and its share of them.
    link
        The address of the page.
    """

    stream: str
    due: Due
    window: int | None
    evidence: Mapping[str, Any]
    link: str | None

    @property
    def id(self) -> str:
        """The identity; repeats have the same."""
        return f"{self.stream}/{self.due.alarm}/{self.due.number}"

    @property
    def alarm(self) -> str:
        """The name of the alarm."""
        return self.due.alarm

    @property
    def state(self) -> State:
        """The state that it reports."""
        return self.due.state

    @property
    def number(self) -> int:
        """The number of the change that it reports."""
        return self.due.number

    @property
    def time(self) -> float:
        """The time at which it was due, in seconds since 1970."""
        return self.due.time

    def document(self) -> dict[str, Any]:
        """Return the message as JSON."""
        return {
            "id": self.id,
            "stream": self.stream,
            "alarm": self.due.alarm,
            "state": self.due.state.value,
            "number": self.due.number,
            "since": iso(self.due.since),
            "time": iso(self.due.time),
            "count": None if self.window is None else self.due.count,
            "figure": self.due.count if self.window is None else None,
            "window": self.window,
            **self.evidence,
            "link": self.link,
        }


class Alarms:
    """All alarms of a stream.

    Parameters
    ----------
    stream
        The name of the stream.
    settings
        The alarms that count anomalies.
    zone
        The time zone of maintenance times without one.
    link
        The address of the page.
    values
        True if the reasons in messages name values.
    """

    def __init__(
        self,
        stream: str,
        settings: Sequence[AlarmSettings],
        zone: tzinfo,
        *,
        link: str | None = None,
        values: bool = True,
    ) -> None:
        self._stream = stream
        self._link = link
        self._alarms = [Alarm(one, parse(one.maintenance, zone)) for one in settings]
        # The maintenance of the first alarm is that of the stream.
        self._maintenance = parse(settings[0].maintenance, zone) if settings else Maintenance()
        self._evidence = [Evidence(one.period_seconds * one.periods, values=values) for one in settings]
        self._conditions: dict[str, Condition] = {}
        self._told: dict[str, Notice] = {}

    def flagged(self, event: Flagged) -> list[Change | Notice]:
        """Take a flagged event, and return what follows up to its time and at it."""
        found: list[Change | Notice] = []
        for alarm, evidence in zip(self._alarms, self._evidence, strict=True):
            found += self._messages(alarm, evidence, alarm.before(event.time))
            counts = counts_for(alarm.settings, event)
            if counts:
                evidence.add(event)
                evidence.forget(max(alarm.time, event.time))
            found += self._messages(alarm, evidence, alarm.event(event.time, anomalous=counts))
        return found

    def seen(self, first: float, last: float) -> list[Change | Notice]:
        """Take events within one minute, of which only the first and last time are known."""
        return [
            one
            for alarm, evidence in zip(self._alarms, self._evidence, strict=True)
            for one in self._messages(alarm, evidence, alarm.see(first, last))
        ]

    def advance(self, time: float) -> list[Change | Notice]:
        """Advance stream time, and return what follows."""
        return [
            one
            for alarm, evidence in zip(self._alarms, self._evidence, strict=True)
            for one in self._messages(alarm, evidence, alarm.advance(time))
        ]

    def condition(self, name: str, time: float, *, holds: bool, figure: float) -> list[Change | Notice]:
        """Take the condition of an alarm about the stream itself, and return what follows.

        Parameters
        ----------
        name
            Its name: parked, lag or silent.
        time
            The time of the evaluation, in seconds since 1970.
        holds
            True if the condition holds.
        figure
            The number that is reported as its count.
        """
        condition = self._conditions.setdefault(name, Condition(name, self._maintenance))
        found = condition.take(time, holds=holds, figure=figure)
        nothing: dict[str, Any] = {"anomalies": [], "feature": None, "share": None}
        return [self._message(one, None, nothing) if isinstance(one, Due) else one for one in found]

    @property
    def states(self) -> dict[str, State]:
        """The state of each alarm by its name."""
        counted = {alarm.settings.name: alarm.state for alarm in self._alarms}
        return counted | {name: condition.state for name, condition in self._conditions.items()}

    @property
    def holding(self) -> list[Notice]:
        """The messages of the alarms that began and have not ended, as far as they were sent."""
        return [notice for notice in self._told.values() if notice.state is State.ALARM]

    def document(self) -> dict[str, Any]:
        """Return the state as JSON."""
        told = sorted(self._told.items())
        return {
            "alarms": {
                alarm.settings.name: [alarm.document(), evidence.document()]
                for alarm, evidence in zip(self._alarms, self._evidence, strict=True)
            },
            "conditions": {name: one.document() for name, one in sorted(self._conditions.items())},
            "told": {name: [_fields(one.due), one.window, one.evidence] for name, one in told},
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned; alarms that it does not name start anew."""
        for alarm, evidence in zip(self._alarms, self._evidence, strict=True):
            if alarm.settings.name in document["alarms"]:
                state, kept = document["alarms"][alarm.settings.name]
                alarm.restore(state)
                evidence.restore(kept)
        self._conditions = {name: Condition(name, self._maintenance) for name in document["conditions"]}
        for name, condition in self._conditions.items():
            condition.restore(document["conditions"][name])
        self._told = {
            name: Notice(self._stream, _due(name, fields), window, evidence, self._link)
            for name, (fields, window, evidence) in document["told"].items()
        }

    def _messages(
        self, alarm: Alarm, evidence: Evidence, found: Sequence[Change | Due]
    ) -> list[Change | Notice]:
        messages: list[Change | Notice] = []
        for one in found:
            evidence.forget(one.time)
            if isinstance(one, Due):
                window = alarm.settings.period_seconds
                messages.append(self._message(one, window, evidence.document_of_message()))
                if one.state is not State.ALARM:
                    evidence.end()
            else:
                messages.append(one)
                if one.after is State.ALARM:
                    evidence.begin()
        return messages

    def _message(self, due: Due, window: int | None, evidence: Mapping[str, Any]) -> Notice:
        notice = Notice(self._stream, due, window, evidence, self._link)
        self._told[due.alarm] = notice
        return notice


def counts_for(settings: AlarmSettings, event: Flagged) -> bool:
    """Return whether an anomaly counts for an alarm: by its key, its main feature and its score."""
    if settings.key is not None and not fnmatchcase(event.key or "", settings.key):
        return False
    if settings.reasons and event.main not in settings.reasons:
        return False
    return settings.min_score is None or event.score >= settings.min_score


def _fields(due: Due) -> tuple[int, float, float, str, float]:
    return due.number, due.time, due.since, due.state.value, due.count


def _due(alarm: str, fields: Sequence[Any]) -> Due:
    number, time, since, state, count = fields
    return Due(alarm, number, float(time), float(since), State(state), count)
