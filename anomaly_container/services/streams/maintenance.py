"""Times at which an alarm sends nothing: intervals, and hours of the week."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
WEEKLY: Final = re.compile(r"([A-Za-z]{3})\s+(\d\d):(\d\d)-(\d\d):(\d\d)")
DURATION: Final = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A span of every week, in minutes since Monday 00:00 of the clock of its zone.

    Attributes
    ----------
    start, end
        From `start` on and before `end`; an end that is not larger than the start is in the next week.
    zone
        The time zone of the clock.
    """

    start: int
    end: int
    zone: tzinfo

    def covers(self, time: float) -> bool:
        """Return whether a time in seconds since 1970 is in the span."""
        local = datetime.fromtimestamp(time, self.zone)
        minute = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The times at which an alarm sends nothing.

    Attributes
    ----------
    spans
        Pairs of seconds since 1970: from the first on and before the second.
    weekly
        Spans of every week.

    Examples
    --------
    >>> night = parse(["Sun 02:00-04:00", "2026-12-01T02:00Z/PT2H"])
    >>> night.covers(datetime(2026, 1, 4, 3, 59, tzinfo=UTC).timestamp())  # a Sunday
    True
    >>> night.covers(datetime(2026, 12, 1, 4, tzinfo=UTC).timestamp())
    False
    """

    spans: tuple[tuple[float, float], ...] = ()
    weekly: tuple[Weekly, ...] = ()

    def covers(self, time: float) -> bool:
        """Return whether nothing is sent at a time in seconds since 1970."""
        return any(start <= time < end for start, end in self.spans) or any(
            span.covers(time) for span in self.weekly
        )


def parse(texts: Iterable[str], zone: tzinfo = UTC) -> Maintenance:
    """Read times of maintenance.

    Parameters
    ----------
    texts
        Each is an ISO 8601 interval, `2026-12-01T02:00Z/PT2H` or `2026-12-01T02:00Z/2026-12-01T04:00Z`,
        or a span of every week, `Sun 02:00-04:00`, which ends on the next day if its end is not later.
    zone
        The time zone of times without one.

    Raises
    ------
    ValueError
        If a text is neither. The message is a sentence.
    """
    spans: list[tuple[float, float]] = []
    weekly: list[Weekly] = []
    for text in texts:
        if "/" in text:
            spans.append(_interval(text, zone))
        else:
            weekly.append(_weekly(text, zone))
    return Maintenance(tuple(spans), tuple(weekly))


def _weekly(text: str, zone: tzinfo) -> Weekly:
    match = WEEKLY.fullmatch(text)
    if match is None or match[1].casefold() not in DAYS:
        raise ValueError(_neither(text))
    hour, minute, end_hour, end_minute = (int(part) for part in match.groups()[1:])
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(_neither(text))
    day = DAYS.index(match[1].casefold()) * DAY_MINUTES
    length = (end - start) % DAY_MINUTES or DAY_MINUTES
    return Weekly(day + start, (day + start + length) % WEEK_MINUTES, zone)


def _interval(text: str, zone: tzinfo) -> tuple[float, float]:
    first, _, second = text.partition("/")
    try:
        start = _instant(first, zone)
        end = start + _duration(second) if second.startswith("P") else _instant(second, zone)
    except (ValueError, OverflowError):
        raise ValueError(_neither(text)) from None
    if end <= start:
        message = f"The maintenance {text} ends before it begins"
        raise ValueError(message)
    return start.timestamp(), end.timestamp()


def _instant(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(_neither(text))
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _neither(text: str) -> str:
    return f"The maintenance {text} is neither like 2026-12-01T02:00Z/PT2H nor like Sun 02:00-04:00"
