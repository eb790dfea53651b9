"""The alarm, which counts anomalies in the newest windows of event time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.anomaly_counts import AnomalyCounts
from anomaly_container.services.streams.maintenance import Maintenance
from anomaly_container.services.streams.notices import Change, Due, Notices, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.alarm_settings import AlarmSettings

TICK_SECONDS: Final = 60


class Alarm:
    """A state machine of stream time: the time of the newest event, or a later one given to `advance`.

    Window k of N is (T-(k+1)P, T-kP], by event time, in any order of arrival. It is breaching if it has
    more than `threshold` anomalies, or more than `clear_at` while the alarm lasts. M of N breaching: ALARM.
    This is evaluated after each event and at each multiple of 60 s that T reaches or passes, the tick; an
    alarm ends only at ticks, after `clear_ticks` in a row with fewer than M breaching. With aligned windows,
    [T-(k+1)P, T-kP), it is evaluated only when T reaches a multiple of P. `missing` says how a window
    without events counts.

    Parameters
    ----------
    settings
        The numbers of the alarm.
    maintenance
        The times at which nothing is sent.

    Examples
    --------
    More than 5 anomalies in 15 minutes; it ends when no more than 2 were left at five ticks in a row.

    >>> from anomaly_container.services.streams.alarm_settings import AlarmsSettings
    >>> alarm = Alarm(AlarmsSettings.model_validate({}).alarms[0])
    >>> [alarm.event(60.0 * minute, anomalous=True) for minute in range(100, 105)]
    [[], [], [], [], []]
    >>> change, notice = alarm.event(6300.0, anomalous=True)
    >>> change.after.value, change.count, notice.state.value
    ('ALARM', 6, 'ALARM')
    >>> change, notice = alarm.advance(9000.0)
    >>> change.time, change.after.value, change.count
    (7320.0, 'OK', 0)
    """

    def __init__(self, settings: AlarmSettings, maintenance: Maintenance | None = None) -> None:
        self.settings = settings
        self._aligned = settings.window == "aligned"
        self._step = settings.period_seconds if self._aligned else TICK_SECONDS
        self._span = settings.period_seconds * settings.periods
        self._counts = AnomalyCounts(self._span)
        self._notices = Notices(maintenance or Maintenance())
        self._quiet = 0
        self.time = -math.inf
        self.number = 0
        self.state = State.INSUFFICIENT_DATA if settings.missing == "missing" else State.OK

    def event(self, time: float, *, anomalous: bool) -> list[Change | Due]:
        """Take an event, and return the changes up to it and at it.

        Parameters
        ----------
        time
            Its time, in seconds since 1970. It may lie before that of others.
        anomalous
            True if it counts.
        """
        first = self.time == -math.inf
        found = self.before(time)
        if anomalous:
            self._counts.add(time)
        else:
            self._counts.see(time, time)
        is_tick = not first and time > self.time and time % self._step == 0
        self.time = max(self.time, time)
        if is_tick or not self._aligned:
            found += self._look(self.time, is_tick=is_tick)
        return found

    def before(self, time: float) -> list[Change | Due]:
        """Advance stream time to just before an event of that time."""
        return self._ticks(time, including=False)

    def see(self, first: float, last: float) -> list[Change | Due]:
        """Take events within one minute, of which only the first and last time are known.

        The very first one begins stream time; those that follow do not move it. Only rules for windows
        without any event need the others.
        """
        if self.time == -math.inf:
            found = self.event(first, anomalous=False)
            self._counts.see(first, last)
            return found
        if self.settings.missing != "notBreaching":
            self._counts.see(first, last)
        return []

    def advance(self, time: float) -> list[Change | Due]:
        """Advance stream time, and return the changes at its ticks."""
        found = self._ticks(time, including=True)
        self.time = max(self.time, time)
        return found

    def document(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return {
            "time": self.time if math.isfinite(self.time) else None,
            "state": self.state.value,
            "number": self.number,
            "quiet": self._quiet,
            "counts": self._counts.document(),
            "notices": self._notices.document(),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned."""
        self.time = -math.inf if document["time"] is None else float(document["time"])
        self.state = State(document["state"])
        self.number, self._quiet = document["number"], document["quiet"]
        self._counts.restore(document["counts"])
        self._notices.restore(document["notices"], self.settings.name)

    def _ticks(self, time: float, *, including: bool) -> list[Change | Due]:
        """Evaluate the multiples of the step after the time of the alarm and up to another time."""
        found: list[Change | Due] = []
        if self.time == -math.inf:
            return found
        tick = float((math.floor(self.time / self._step) + 1) * self._step)
        # From here on the windows contain no events, so that nothing changes.
        settled = (
            max(self._counts.newest, self.time) + self._span + self._step * (self.settings.clear_ticks + 1)
        )
        while (tick <= time if including else tick < time) and (tick <= settled or self._notices.waiting):
            self.time = tick
            found += self._look(tick, is_tick=True)
            tick += self._step
        return found

    def _look(self, time: float, *, is_tick: bool) -> list[Change | Due]:
        self._counts.forget(time - self._span)
        breaching, count = self._windows(time)
        after = self._after(breaching, is_tick=is_tick)
        found: list[Change | Due] = []
        if after is not self.state:
            self.number += 1
            change = Change(self.settings.name, self.number, time, self.state, after, count)
            self.state, self._quiet = after, 0
            self._notices.take(change)
            found.append(change)
        notice = self._notices.due(time, count)
        return [*found, notice] if notice else found

    def _windows(self, time: float) -> tuple[bool | None, int]:
        """Return whether enough windows are breaching, None without data, and the count of the newest."""
        settings = self.settings
        most = settings.clear_at if self.state is State.ALARM else settings.threshold
        breaching = empty = newest = 0
        for window in range(settings.periods):
            end = time - window * settings.period_seconds
            start = end - settings.period_seconds
            count = self._counts.count(start, end, aligned=self._aligned)
            newest = count if window == 0 else newest
            if settings.missing == "notBreaching" or self._counts.any(start, end, aligned=self._aligned):
                breaching += count > most
            else:
                empty += 1
                breaching += settings.missing == "breaching"
        if empty == settings.periods and settings.missing != "breaching":
            return None, newest
        return breaching >= settings.datapoints, newest

    def _after(self, breaching: bool | None, *, is_tick: bool) -> State:  # the answer of the windows
        if breaching is None:
            return State.INSUFFICIENT_DATA if self.settings.missing == "missing" else self.state
        if breaching:
            self._quiet = 0
            return State.ALARM
        if self.state is State.ALARM:
            self._quiet += is_tick
            return State.OK if self._quiet >= self.settings.clear_ticks else State.ALARM
        return State.OK
