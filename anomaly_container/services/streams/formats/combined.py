"""Records that are lines of a web server's log, in the Common or the Combined Log Format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anomaly_container.services.streams.formats import line_of, refuse

if TYPE_CHECKING:
    from anomaly_container.services.streams.events import Document

_QUOTED: Final = r'"((?:[^"\\]|\\.)*)"'
_LINE: Final = re.compile(
    rf"(\S+) (\S+) (\S+) \[([^\]]*)\] {_QUOTED} (\d{{3}}) (\d+|-)"
    rf"(?: {_QUOTED} {_QUOTED}(?: (\d{{1,20}}(?:\.\d{{1,20}})?))?)?\s*",
    re.ASCII,
)
_REQUEST: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]*) (\S+)(?: (\S+))?")
_ESCAPE: Final = re.compile(r"\\(.)")
MILLISECONDS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3}
"""Milliseconds of each unit of the number after the agent."""
ERROR_STATUS: Final = 500
WARN_STATUS: Final = 400


def parse_combined(value: bytes, milliseconds: float) -> Document:
    r"""Parse one line; the level comes from the status.

    Parameters
    ----------
    value
        The bytes of a record.
    milliseconds
        The milliseconds in a unit of the number after the agent.

    Raises
    ------
    NotAnEventError
        With the reason `not-utf-8` or `not-a-log-line`.

    Examples
    --------
    >>> line = b'::1 - - [01/Jan/2026:23:59:59 +0000] "GET /x HTTP/2" 418 7 "-" "ua" 2500'
    >>> found = parse_combined(line, 0.001)
    >>> found["log_level"], found["method"], found["path"], found["response_time"]
    ('WARN', 'GET', '/x', 2.5)
    """
    found = _LINE.fullmatch(line_of(value))
    request = _REQUEST.fullmatch(found[5]) if found else None
    if found is None or request is None:
        refuse("not-a-log-line", "The line is not in the Common or the Combined Log Format.")
    host, ident, user, time, _, status, size, referer, agent, number = found.groups()
    return {
        "host": host,
        "ident": ident,
        "user": user,
        "time": time,
        "method": request[1],
        "path": _ESCAPE.sub(r"\1", request[2]),
        "protocol": request[3],
        "status": int(status),
        "log_level": _level(int(status)),
        "size": None if size == "-" else int(size),
        "referer": referer,
        "agent": agent,
        "response_time": None if number is None else float(number) * milliseconds,
    }


def _level(status: int) -> str:
    if status >= ERROR_STATUS:
        return "ERROR"
    return "WARN" if status >= WARN_STATUS else "INFO"
