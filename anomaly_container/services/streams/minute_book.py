"""The minutes of a partition whose hour is still open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.streams.batch_sums import batch_sums
from anomaly_container.services.streams.minute_sums import MinuteSums, minute_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anomaly_container.services.streams.results import Result

HOUR: Final = 3600


class MinuteBook:
    """The sums of the minutes of a partition, as a function of its records up to an offset.

    An event whose hour was over, which is when the stream time of the partition passed its end and the
    lateness that is allowed, counts as late in the minute of the stream time. So does an event ahead of
    the clock, which moves nothing, and a parked record, which has no time. What comes before the first event
    counts in the minute of that.

    Parameters
    ----------
    lateness
        The largest lateness of an event, in seconds.
    """

    def __init__(self, lateness: float = 60.0) -> None:
        self.lateness = lateness
        self.stream_time = -math.inf
        self._minutes: dict[int, MinuteSums] = {}
        self._changed: set[int] = set()
        self._parked: list[tuple[int, str]] = []
        """Offset and reason of parked records, until the events before them are known."""
        self._before = MinuteSums(0)

    def park(self, reason: str, offset: int) -> None:
        """Take a record that was parked."""
        self._parked.append((offset, reason))

    def add(self, results: Sequence[Result]) -> None:
        """Take results, in the order of their offsets."""
        counted: list[Result] = []
        parked = sorted(self._parked)
        self._parked = []
        for result in results:
            while parked and parked[0][0] < result.offset:
                self._note(MinuteSums(0, parked[0][0], parked={parked.pop(0)[1]: 1}))
            if result.future:
                self._note(MinuteSums(0, result.offset, future=1))
            elif self._is_over(result.time):
                self._note(MinuteSums(0, result.offset, late_before=1))
            else:
                counted.append(result)
                self.stream_time = max(self.stream_time, result.time)
                if self._before.offset >= 0:
                    before, self._before = self._before, MinuteSums(0)
                    self._note(before)
        self._parked = parked
        for minute, sums in batch_sums(counted).items():
            self._merge(minute, sums)

    def changed(self) -> list[MinuteSums]:
        """Return the sums that have changed since they were last returned; drop those of hours that are over.

        The result of a call before `document` depends only on the records.
        """
        self._settle()
        found = [self._minutes[minute] for minute in sorted(self._changed)]
        self._changed = set()
        for minute in [minute for minute in self._minutes if self._is_over(minute)]:
            del self._minutes[minute]
        return found

    def document(self) -> dict[str, Any]:
        """Return the book as JSON; equal books have equal documents."""
        self._settle()
        return {
            "lateness": self.lateness,
            "streamTime": self.stream_time if math.isfinite(self.stream_time) else None,
            "minutes": [self._minutes[minute].document() for minute in sorted(self._minutes)],
            "changed": sorted(self._changed),
            "before": self._before.document(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> MinuteBook:
        """Read what `document` returned."""
        book = cls(document["lateness"])
        time = document["streamTime"]
        book.stream_time = -math.inf if time is None else float(time)
        for minute in document["minutes"]:
            sums = MinuteSums.from_document(minute)
            book._minutes[sums.minute] = sums  # its own
        book._changed = set(document["changed"])  # its own
        book._before = MinuteSums.from_document(document["before"])  # its own
        return book

    def _is_over(self, time: float) -> bool:
        return (time // HOUR + 1) * HOUR + self.lateness <= self.stream_time

    def _settle(self) -> None:
        """Count the parked records after which no event is known."""
        for offset, reason in sorted(self._parked):
            self._note(MinuteSums(0, offset, parked={reason: 1}))
        self._parked = []

    def _note(self, sums: MinuteSums) -> None:
        """Count what has no time of its own in the minute of the stream time."""
        if self.stream_time == -math.inf:
            self._before.merge(sums)
        else:
            self._merge(minute_of(self.stream_time), sums)

    def _merge(self, minute: int, sums: MinuteSums) -> None:
        known = self._minutes.get(minute)
        if known is None and sums.minute == minute:
            self._minutes[minute] = sums
        else:
            self._minutes.setdefault(minute, MinuteSums(minute)).merge(sums)
        self._changed.add(minute)
