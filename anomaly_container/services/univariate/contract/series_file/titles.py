"""The meaning of titles of columns."""

from __future__ import annotations

import re
from typing import Final

_TIMES: Final = (
    "timestamp", "time", "datetime", "date", "ts", "ds", "day", "month", "week", "year", "hour", "when",
    "time_stamp", "date_time", "@timestamp", "_time", "epoch", "unixtime", "unix_time", "datum", "zeit",
    "fecha", "hora",
)  # fmt: skip
_TIME_WORDS: Final = frozenset(
    {"timestamp", "time", "datetime", "date", "ts", "day", "month", "year", "week", "hour", "when",
     "at", "utc", "epoch", "unix", "recorded", "created", "occurred", "measured", "observed", "period",
     "start", "end", "datum", "zeit", "fecha"}
)  # fmt: skip
_HOURS: Final = frozenset({"hour", "hr", "hh", "time", "hhmm"})
_VALUES: Final = ("value", "values", "y")
_COUNTERS: Final = re.compile(
    r"|unnamed:? ?[0-9]*|index|level_0|idx|id|row|row ?(?:id|num|number|no|index)|no|nr|#|rownum|rowid|seq"
    r"|sequence|obs|observation|n|i"
)
_IDENTIFIERS: Final = frozenset(
    {"id", "uuid", "guid", "key", "code", "zip", "zipcode", "postcode", "serial", "sku"}
)
_THINGS: Final = frozenset(
    {"device", "sensor", "machine", "host", "hostname", "server", "station", "site", "store", "shop", "item",
     "product", "customer", "account", "node", "plant", "channel", "meter", "asset", "instance", "metric",
     "variable", "region"}
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def time_rank(title: str) -> int | None:
    """Return a rank that is lower the more surely a title names times, or None if it does not."""
    name = title.lower()
    if name in _TIMES:
        return _TIMES.index(name)
    return len(_TIMES) if _words(title) & _TIME_WORDS else None


def is_time(title: str) -> bool:
    """Return whether a title names times and nothing else."""
    return title.lower() in _TIMES


def is_hour(title: str) -> bool:
    """Return whether whole numbers below a title may be hours, or hours and minutes."""
    return title.lower() in _HOURS


def value_rank(title: str) -> int | None:
    """Return a rank that is lower the more surely a title names values, or None if it does not."""
    return _VALUES.index(title.lower()) if title.lower() in _VALUES else None


def is_counter(title: str) -> bool:
    """Return whether a title is usual for row numbers; an empty one is."""
    return _COUNTERS.fullmatch(title.lower().replace("_", " ").strip()) is not None


def is_identifier(title: str) -> bool:
    """Return whether whole numbers below a title are identifiers."""
    return bool(_words(title) & _IDENTIFIERS)


def is_thing(title: str) -> bool:
    """Return whether cells below a title may be names of things, such as sensors."""
    return bool(_words(title) & _THINGS)


def _words(title: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(title)}
