"""The time of a stream of several partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SPEAKING_SECONDS: Final = 60.0
"""The time on the clock after which a partition that does not move no longer holds the others up."""


class StreamTime:
    """The least of the times of the partitions that moved in the last 60 s on the clock.

    It never goes back. A partition that is behind in its backlog counts while it moves. One that was never
    heard of holds the time for the first 60 s, in which its member may still be starting. When none moves the
    time is that of the clock less the lateness, so that an alarm ends on a silent topic.

    Parameters
    ----------
    lateness
        The largest lateness of an event, in seconds.

    Examples
    --------
    >>> time = StreamTime(60.0)
    >>> time.hear(1000.0, ["a-0", "a-1"]); time.speaks("a-0"); time.reached("a-0", 990.0); time.now
    >>> time.hear(1001.0, []); time.speaks("a-1"); time.reached("a-1", 700.0); time.now
    700.0
    >>> time.hear(1062.0, []); time.speaks("a-0"); time.reached("a-0", 1050.0); time.now
    1050.0
    """

    def __init__(self, lateness: float) -> None:
        self._lateness = lateness
        self._clock: float | None = None
        self._spoke: dict[str, float | None] = {}
        self._times: dict[str, float] = {}
        self._now: float | None = None

    @property
    def now(self) -> float | None:
        """The time of the stream in seconds since 1970; None before it is known."""
        names = [name for name in self._spoke if self._is_speaking(name)]
        if names:
            known = [self._times.get(name) for name in names]
            least = None if None in known else min(time for time in known if time is not None)
        else:
            least = None if self._clock is None else self._clock - self._lateness
        if least is not None and (self._now is None or least > self._now):
            self._now = least
        return self._now

    @property
    def is_of_many(self) -> bool:
        """True if the stream has several partitions."""
        return len(self._spoke) > 1

    @property
    def quiet_seconds(self) -> float:
        """The seconds since a partition moved."""
        spoke = [at for at in self._spoke.values() if at is not None]
        return self._clock - max(spoke) if self._clock is not None and spoke else 0.0

    def hear(self, clock: float | None, partitions: Iterable[str]) -> None:
        """Take the time of the clock, and the names of the partitions."""
        if clock is not None and (self._clock is None or clock > self._clock):
            self._clock = clock
        for name in partitions:
            self._spoke.setdefault(name, self._clock)

    def speaks(self, name: str) -> None:
        """Take note that a partition moved, at the time of the clock."""
        self._spoke[name] = self._clock

    def reached(self, name: str, time: float) -> None:
        """Take note of the time of a partition."""
        self._spoke.setdefault(name, self._clock)
        self._times[name] = max(time, self._times.get(name, time))

    def document(self) -> dict[str, Any]:
        """Return the state in types of JSON."""
        return {"clock": self._clock, "spoke": self._spoke, "times": self._times, "now": self._now}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore the state of a document."""
        self._clock, self._now = document["clock"], document["now"]
        self._spoke, self._times = dict(document["spoke"]), dict(document["times"])

    def _is_speaking(self, name: str) -> bool:
        at = self._spoke[name]
        return at is None or self._clock is None or self._clock - at <= SPEAKING_SECONDS
