"""An alarm about the stream itself, which lasts as long as a condition holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anomaly_container.services.streams.notices import Change, Due, Notices, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anomaly_container.services.streams.maintenance import Maintenance


class Condition:
    """An alarm that begins when a condition begins to hold, and ends when it no longer does.

    Parameters
    ----------
    name
        The name of the alarm.
    maintenance
        The times at which nothing is sent.

    Examples
    --------
    >>> from anomaly_container.services.streams.maintenance import Maintenance
    >>> silent = Condition("silent", Maintenance())
    >>> [one.count for one in silent.take(1000.0, holds=True, figure=301.0)]
    [301.0, 301.0]
    >>> silent.take(1060.0, holds=True, figure=361.0), silent.state.value
    ([], 'ALARM')
    """

    def __init__(self, name: str, maintenance: Maintenance) -> None:
        self._name = name
        self._notices = Notices(maintenance)
        self.number = 0
        self.state = State.OK

    def take(self, time: float, *, holds: bool, figure: float) -> list[Change | Due]:
        """Take the state of the condition, and return the change and the message that is due.

        Parameters
        ----------
        time
            The time of the evaluation, in seconds since 1970.
        holds
            True if the condition holds.
        figure
            The number that messages report.
        """
        found: list[Change | Due] = []
        after = State.ALARM if holds else State.OK
        if after is not self.state:
            self.number += 1
            change = Change(self._name, self.number, time, self.state, after, figure)
            self.state = after
            self._notices.take(change)
            found.append(change)
        due = self._notices.due(time, figure)
        return [*found, due] if due else found

    def document(self) -> dict[str, Any]:
        """Return the state as JSON."""
        return {"state": self.state.value, "number": self.number, "notices": self._notices.document()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state that `document` returned."""
        self.state, self.number = State(document["state"]), document["number"]
        self._notices.restore(document["notices"], self._name)
