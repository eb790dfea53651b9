"""Formatters of log records: a line of text, or a JSON object.

Neither includes the text of an exception, which may quote a request.
"""

from __future__ import annotations

import json
import logging
import traceback
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

FACTS: Final = "facts"
"""The attribute of a record with its additional fields."""

LEVEL_NAMES: Final = {
    logging.CRITICAL: "Critical",
    logging.ERROR: "Error",
    logging.WARNING: "Warning",
    logging.INFO: "Information",
    logging.NOTSET: "Debug",
}


class ConsoleFormatter(logging.Formatter):
    """A record in a given layout, followed by the frames of an exception, one a line.

    Parameters
    ----------
    layout
        A format string of `logging`, `%(message)s` for example.
    """

    def __init__(self, layout: str) -> None:
        super().__init__(layout)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        shown = copy(record)  # other handlers need the unchanged record
        shown.msg, shown.args, shown.exc_text = message_of(record), None, None
        return super().format(shown)

    def formatException(  # noqa: N802  # the name is that of logging
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return the type and the frames of an exception."""
        kind, _, trace = ei
        return "\n  ".join([kind.__name__ if kind else "", *frames(trace)])


class JsonFormatter(logging.Formatter):
    """The entry of a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return json_line(record, 0).decode().removesuffix("\n")


def with_facts(facts: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return the argument `extra` that adds these fields to the entry of a record."""
    return {FACTS: facts}


def entry_of(record: logging.LogRecord, lost: int) -> dict[str, object]:
    """Return the fields of a record, which can be encoded as JSON.

    Parameters
    ----------
    record
        The log record.
    lost
        The number of records lost before this one.
    """
    entry: dict[str, object] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "level": next(name for level, name in LEVEL_NAMES.items() if record.levelno >= level),
        "logger": record.name,
        "process": record.process,
        "message": message_of(record),
        **getattr(record, FACTS, {}),
    }
    if record.exc_info and record.exc_info[0]:
        entry["exception"] = {"type": record.exc_info[0].__name__, "frames": frames(record.exc_info[2])}
    if lost:
        entry["lost"] = lost
    return entry


def json_line(record: logging.LogRecord, lost: int) -> bytes:
    """Return the entry of a record as one line of JSON."""
    return json.dumps(entry_of(record, lost), separators=(",", ":")).encode() + b"\n"


def message_of(record: logging.LogRecord) -> str:
    """Return the message of a record; for asyncio only the first line, since the others quote exceptions."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # wrong arguments must not break logging
        message = str(record.msg)
    return message.partition("\n")[0] if record.name == "asyncio" else message


def frames(trace: TracebackType | None) -> list[str]:
    """Return the frames of a traceback, outermost first, as `file:line function`."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
