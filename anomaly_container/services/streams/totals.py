"""The events of a partition that each container has scored, counted in the state of the partition."""

from __future__ import annotations

from typing import Any, Final

DAY_SECONDS: Final = 86_400
DAYS_KEPT: Final = 90


class Totals:
    """One line of a cumulative total for each container.

    The line of a container that wrote nothing for 90 days is folded into one sum, so that the state does not
    grow with each container that ever ran.

    Examples
    --------
    >>> totals = Totals()
    >>> totals.add("one", 3, now=0.0)
    >>> totals.add("one", 2, now=1.0)
    >>> totals.of("one")
    5
    """

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, int]] = {}
        self._folded = 0

    def add(self, instance: str, events: int, *, now: float) -> None:
        """Add events that a container has scored.

        Parameters
        ----------
        instance
            The id of the container.
        events
            The number of them.
        now
            Seconds since 1970.
        """
        day = int(now // DAY_SECONDS)
        total, last = self._lines.get(instance, (0, day))
        self._lines[instance] = total + events, day
        if last != day or total == 0:
            self._fold(day)

    def of(self, instance: str) -> int:
        """Return the total of a container."""
        return self._lines.get(instance, (0, 0))[0]

    def begin_at(self, instance: str, total: int, *, now: float) -> None:
        """Let the line of a container begin at a total that metering knows already, unless it is larger."""
        if total > self.of(instance):
            self._lines[instance] = total, int(now // DAY_SECONDS)

    @property
    def sum(self) -> int:
        """The events that all containers have scored."""
        return self._folded + sum(total for total, _ in self._lines.values())

    def document(self) -> dict[str, Any]:
        """Return the lines in types of JSON."""
        return {
            "folded": self._folded,
            "lines": {instance: list(line) for instance, line in sorted(self._lines.items())},
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Totals:
        """Return the lines of a document."""
        made = cls()
        made._folded = document["folded"]
        made._lines = {instance: (total, day) for instance, (total, day) in document["lines"].items()}
        return made

    def _fold(self, day: int) -> None:
        for instance, (total, last) in list(self._lines.items()):
            if day - last > DAYS_KEPT:
                self._folded += total
                del self._lines[instance]
