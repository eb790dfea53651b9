"""The messages about an alarm: each is sent once, and not during maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.maintenance import Maintenance


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state.

    Attributes
    ----------
    alarm
        The name of the alarm.
    number
        1 for its first change, and so on.
    time
        The stream time of the change, in seconds since 1970.
    before, after
        The states.
    count
        The number of anomalies in the newest window; the figure of an alarm about the stream itself.
    """

    alarm: str
    number: int
    time: float
    before: State
    after: State
    count: float


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is due: the alarm began, or it ended.

    Attributes
    ----------
    alarm
        The name of the alarm.
    number
        The number of the change that it reports.
    time
        The time at which it is due; after maintenance this is later than the change.
    since
        The time of the change.
    state
        The state since then.
    count
        The count at the time at which it is due.
    """

    alarm: str
    number: int
    time: float
    since: float
    state: State
    count: float


class Notices:
    """The messages of an alarm that were sent, and the one that is due.

    The beginning of an alarm is sent outside maintenance, if the alarm still lasts by then. Its end is sent
    only if the beginning was.

    Parameters
    ----------
    maintenance
        The times at which nothing is sent.

    Examples
    --------
    >>> from anomaly_container.services.streams.maintenance import Maintenance
    >>> notices = Notices(Maintenance(spans=((0, 60),)))
    >>> notices.take(Change("anomalies", 1, 30.0, State.OK, State.ALARM, 6))
    >>> notices.due(30.0, 6), notices.due(60.0, 7).since
    (None, 30.0)
    """

    def __init__(self, maintenance: Maintenance) -> None:
        self._maintenance = maintenance
        self._newest: Change | None = None
        self._known = False

    def take(self, change: Change) -> None:
        """Take a change of the alarm."""
        self._newest = change

    @property
    def waiting(self) -> bool:
        """True if a message is to be sent."""
        return self._newest is not None and (self._newest.after is State.ALARM) != self._known

    def due(self, time: float, count: float) -> Due | None:
        """Return the message that is due at a time; it counts as sent from then on."""
        change = self._newest
        if change is None or not self.waiting or self._maintenance.covers(time):
            return None
        self._known = change.after is State.ALARM
        return Due(change.alarm, change.number, time, change.time, change.after, count)

    def document(self) -> dict[str, Any]:
        """Return the state as JSON."""
        change = self._newest
        newest = change and [
            change.number,
            change.time,
            change.before.value,
            change.after.value,
            change.count,
        ]
        return {"known": self._known, "newest": newest}

    def restore(self, document: Mapping[str, Any], alarm: str) -> None:
        """Restore the state that `document` returned."""
        self._known = document["known"]
        if document["newest"] is not None:
            number, time, before, after, count = document["newest"]
            self._newest = Change(alarm, number, float(time), State(before), State(after), count)
