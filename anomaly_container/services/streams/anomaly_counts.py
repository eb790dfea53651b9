"""Counts of anomalies and events in a window of time, in bounded memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = 86_400
MOST_EXACT: Final = 3000


class AnomalyCounts:
    """The times of the anomalies and events of the newest `span` seconds, in any order of arrival.

    They are kept by minute (by more if the span is longer than a day). A part keeps the time of each of its
    anomalies as long as there are few, about 3,000 in the whole span; in a flood those that follow are
    counted at the second in which they fell (at the beginning of the part if the span is over an hour). So
    a flood of any size takes some thousand numbers. Of other events the first and last of a part are enough.

    Parameters
    ----------
    span
        The length of time that windows reach back, in seconds.
    """

    def __init__(self, span: int) -> None:
        self._width = 60 * math.ceil(span / DAY)
        self._span = span
        self._grain = 1.0 if span <= 3600 else float(self._width)
        self._most_exact = max(1, MOST_EXACT * self._width // span)
        self._anomalies: dict[int, dict[float, int]] = {}
        self._events: dict[int, tuple[float, float]] = {}

    def add(self, time: float) -> None:
        """Take an anomaly, which is an event as well."""
        times = self._anomalies.setdefault(self._part(time), {})
        if time not in times and len(times) >= self._most_exact:
            time = math.floor(time / self._grain) * self._grain
        times[time] = times.get(time, 0) + 1
        self.see(time, time)

    def see(self, first: float, last: float) -> None:
        """Take events of which the first and last are known; they lie in one minute."""
        for time in (first, last):
            part = self._part(time)
            low, high = self._events.get(part, (time, time))
            self._events[part] = min(low, time), max(high, time)

    def forget(self, time: float) -> None:
        """Drop the parts that lie before a time."""
        oldest = self._part(time)
        for parts in (self._anomalies, self._events):
            for part in [part for part in parts if part < oldest]:
                del parts[part]

    def count(self, after: float, until: float, *, aligned: bool = False) -> int:
        """Count the anomalies in (after, until], or in [after, until) if aligned."""
        found = 0
        for part, times in self._anomalies.items():
            if after < part * self._width and (part + 1) * self._width <= until:
                found += sum(times.values())
            elif part * self._width <= until and after <= (part + 1) * self._width:
                found += sum(
                    number for time, number in times.items() if _within(time, after, until, aligned=aligned)
                )
        return found

    def any(self, after: float, until: float, *, aligned: bool = False) -> bool:
        """Return whether an event lies in (after, until], or in [after, until) if aligned.

        A window is at least as long as a part, so that no part reaches beyond both of its ends.
        """
        return any(
            _within(low, after, until, aligned=aligned) or _within(high, after, until, aligned=aligned)
            for low, high in self._events.values()
        )

    @property
    def newest(self) -> float:
        """The time of the newest event that is kept; minus infinity if there is no event."""
        return max((high for _, high in self._events.values()), default=-math.inf)

    def document(self) -> dict[str, Any]:
        """Return the counts as JSON."""
        return {
            "anomalies": [[part, sorted(times.items())] for part, times in sorted(self._anomalies.items())],
            "events": [[part, *ends] for part, ends in sorted(self._events.items())],
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the counts that `document` returned."""
        self._anomalies = {
            part: {float(time): number for time, number in times} for part, times in document["anomalies"]
        }
        self._events = {part: (float(low), float(high)) for part, low, high in document["events"]}

    def _part(self, time: float) -> int:
        return math.floor(time / self._width)


def _within(time: float, after: float, until: float, *, aligned: bool) -> bool:
    return after <= time < until if aligned else after < time <= until
