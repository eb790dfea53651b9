"""Events and anomalies by value: of the level, the method and the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_VALUES: Final = 1000
LONGEST: Final = 200
OTHERS: Final = "(others)"
SHOWN: Final = 10


class ValueCounts:
    """The number of events and anomalies of each value; at most 1,000 values, the others together.

    Examples
    --------
    >>> paths = ValueCounts()
    >>> paths.add("/login", events=10, anomalies=2)
    >>> paths.add("/", events=50, anomalies=2)
    >>> [row["value"] for row in paths.top()]
    ['/', '/login']
    """

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = {}

    def add(self, value: str, *, events: int, anomalies: int) -> None:
        """Count events with a value, of which so many are anomalies."""
        value = value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
        if value not in self.counts and len(self.counts) >= MOST_VALUES:
            value = OTHERS
        counts = self.counts.setdefault(value, [0, 0])
        counts[0] += events
        counts[1] += anomalies

    def merge(self, other: ValueCounts) -> None:
        """Add the counts of another."""
        for value, (events, anomalies) in other.counts.items():
            self.add(value, events=events, anomalies=anomalies)

    def top(self) -> list[dict[str, Any]]:
        """Return ten values, by anomalies, then by events, then by text."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1][1], -item[1][0], item[0]))
        return [
            {"value": value, "events": events, "anomalies": anomalies}
            for value, (events, anomalies) in ranked[:SHOWN]
        ]

    def document(self) -> dict[str, list[int]]:
        """Return the counts as JSON."""
        return dict(sorted(self.counts.items()))

    @classmethod
    def from_document(cls, document: Mapping[str, Iterable[int]]) -> ValueCounts:
        """Read what `document` returned."""
        found = cls()
        found.counts = {value: list(counts) for value, counts in document.items()}
        return found
