"""On which grid slot a timestamp lies, by calendar arithmetic (algorithm.md section 2)."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = {"secondly": 1, "minutely": 60, "hourly": 3600, "daily": 86400, "weekly": 604800}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def date_of(nanoseconds: int) -> datetime:
    """Return the moment, fractions of a microsecond dropped."""
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def ends_month(date: datetime) -> bool:
    """Tell whether a date is the last day of its month."""
    return date.day == calendar.monthrange(date.year, date.month)[1]


def same_day_of_month(first: datetime, row: datetime) -> bool:
    """Tell whether two days of month match, short months allowed for (section 2, monthly)."""
    return (
        first.day == row.day
        or (ends_month(first) and ends_month(row))
        or (ends_month(first) and row.day > first.day)
        or (ends_month(row) and first.day > row.day)
    )


def whole_milliseconds(nanoseconds: int) -> int:
    """Return the epoch time in milliseconds, truncated towards zero (section 2, microsecond)."""
    whole = abs(nanoseconds) // 1_000_000
    return whole if nanoseconds >= 0 else -whole


def index_on_grid(first_ns: int, row_ns: int, granularity: str, interval: int) -> int | None:
    """Return the slot of one timestamp; None off the grid (section 2)."""
    if granularity in SECONDS:
        seconds = (row_ns - first_ns) / 1e9
        index = seconds / (SECONDS[granularity] * interval)
    elif granularity == "microsecond":
        index = (whole_milliseconds(row_ns) - whole_milliseconds(first_ns)) / interval
    else:
        first, row = date_of(first_ns), date_of(row_ns)
        if not same_day_of_month(first, row):
            return None
        months = 12 * (row.year - first.year) + row.month - first.month
        index = months / interval if granularity == "monthly" else months / 12 / interval
    return int(index) if index.is_integer() else None


def slots(timestamps_ns: Sequence[int], granularity: str, interval: int) -> list[int]:
    """Return the grid slot of every timestamp; ValueError carries the first index off it (section 2)."""
    if granularity == "none":
        return list(range(len(timestamps_ns)))
    result = []
    for i, moment in enumerate(timestamps_ns):
        index = index_on_grid(timestamps_ns[0], moment, granularity, interval)
        if index is None:
            raise ValueError(i)
        result.append(index)
    return result
