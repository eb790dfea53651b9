"""How a record of the log is written: a line for people, a JSON object for programs.

Neither holds the text of an exception, which may quote what a client sent.
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
"""The attribute of a record that holds what programs are told of it besides."""

LEVEL_NAMES: Final = {
    logging.CRITICAL: "Critical",
    logging.ERROR: "Error",
    logging.WARNING: "Warning",
    logging.INFO: "Information",
    logging.NOTSET: "Debug",
}


class ConsoleLine(logging.Formatter):
    """Fields of a record as its layout says, then the frames of an exception, one a line.

    Parameters
    ----------
    layout
        In the style of `logging`, `%(message)s` for the message alone.
    """

    def __init__(self, layout: str) -> None:
        super().__init__(layout)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        shown = copy(record)  # what this line leaves out belongs to other handlers too
        shown.msg, shown.args, shown.exc_text = message_of(record), None, None
        return super().format(shown)

    def formatException(  # noqa: N802  # logging calls it so
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Write the type of an exception and where it came from."""
        kind, _, trace = ei
        return "\n  ".join([kind.__name__ if kind else "", *frames(trace)])


class JsonLine(logging.Formatter):
    """The entry of a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return json_line(record, 0).decode().removesuffix("\n")


def with_facts(facts: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Return what to give a logger as `extra` for these facts to be in the entry of the record."""
    return {FACTS: facts}


def entry_of(record: logging.LogRecord, lost: int) -> dict[str, object]:
    """Return what programs are told of a record; it can be written as JSON.

    Parameters
    ----------
    record
        What is logged.
    lost
        Records before it that did not get through.
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
    """Write the entry of a record as one JSON object on a line of its own."""
    return json.dumps(entry_of(record, lost), separators=(",", ":")).encode() + b"\n"


def message_of(record: logging.LogRecord) -> str:
    """Return the message of a record; of asyncio the first line alone, for the next ones quote exceptions."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit are a slip, and no reason to fail
        message = str(record.msg)
    return message.partition("\n")[0] if record.name == "asyncio" else message


def frames(trace: TracebackType | None) -> list[str]:
    """Return where an exception passed, outermost first, as `file:line function`."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
