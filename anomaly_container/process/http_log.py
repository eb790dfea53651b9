"""The log of requests that fail outside of all handlers."""

from __future__ import annotations

import logging


def http_log() -> logging.Logger:
    """Return the logger; it names exceptions and never quotes them."""
    log = logging.getLogger("anomaly_container.http")
    log.addFilter(without_exception_text)
    return log


def without_exception_text(record: logging.LogRecord) -> bool:
    """Name an exception and drop its text, which may quote what a client sent."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", ()
        record.exc_info = None
    return True
