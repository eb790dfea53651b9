"""The header `Retry-After`: seconds, or a date of HTTP."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


def seconds_of(header: str | None, now: float) -> float | None:
    """Return the seconds to wait; None without a header that can be read.

    Parameters
    ----------
    header
        The value of the header.
    now
        The time in seconds since 1970.

    Examples
    --------
    >>> seconds_of("120", 0.0)
    120.0
    >>> seconds_of("Thu, 01 Jan 1970 00:00:30 GMT", 10.0)
    20.0
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None
