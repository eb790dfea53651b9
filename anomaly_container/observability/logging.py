"""The logging configuration for `logging.config.dictConfig`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.observability.fluentd import receiver_of
from anomaly_container.observability.formatters import ConsoleFormatter, JsonFormatter
from anomaly_container.observability.log_files import BYTES_PER_MEGABYTE, log_folder
from anomaly_container.settings.logging import LogLevel

if TYPE_CHECKING:
    from anomaly_container.settings.base import ShellSettings

OURS: Final = "anomaly_container"
START: Final = f"{OURS}.start"
REQUESTS: Final = f"{OURS}.requests"
"""The logger of the request log."""
SILENT: Final = logging.CRITICAL + 1
QUOTING: Final = ("azure", "opentelemetry.exporter", "requests", "urllib3")
"""Libraries that log headers and URLs with secrets, at any level. Their failures are reported by `exporters`
and by the heartbeat."""
REPEATING: Final = ("aiokafka.consumer.group_coordinator",)
"""Libraries that log as errors what is usual, such as a heartbeat during a rebalance. They raise what fails,
and the service reports it."""
LEVELS: Final = {
    LogLevel.TRACE: logging.DEBUG,
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFORMATION: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
    LogLevel.CRITICAL: logging.CRITICAL,
    LogLevel.NONE: SILENT,
}
"""Python has no level below Debug, and no name for a level that suppresses everything."""


class LibraryWarnings(logging.Filter):
    """Passes all records of the server, and warnings and errors of libraries."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record passes."""
        return record.levelno >= logging.WARNING or record.name.startswith(f"{OURS}.")


def logging_config(settings: ShellSettings) -> dict[str, Any]:
    """Return the configuration of the log.

    On the console the lines at start are plain text and the request log is JSON, unless all lines are JSON.
    """
    console = {
        "class": "logging.StreamHandler",
        "stream": "ext://sys.stdout",
        **_threshold(settings.console_level),
    }
    is_json = settings.console_format == "json"
    handlers = {
        "console": {**console, "formatter": "json" if is_json else "line"},
        "start": {**console, "formatter": "json" if is_json else "plain"},
        "requests": {**console, "formatter": "json"},
    }
    if settings.disk_format:
        megabytes = settings.disk_max_file_megabytes
        handlers["disk"] = {
            "class": "anomaly_container.observability.log_files.RollingFiles",
            "folder": str(log_folder(settings)),
            "max_bytes": -1 if megabytes == -1 else megabytes * BYTES_PER_MEGABYTE,
            **_threshold(settings.disk_level),
        }
    receiver = receiver_of(settings)
    if receiver:
        handlers["fluentd"] = {
            "class": "anomaly_container.observability.fluentd.ForwardHandler",
            "receiver": receiver,
            "buffer_bytes": settings.fluentd_buffer_bytes,
            **_threshold(LogLevel.INFORMATION),
        }
    other_handlers = [name for name in handlers if name not in {"console", "start", "requests"}]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "root": {
            "level": min(handler["level"] for handler in handlers.values()),
            "handlers": ["console", *other_handlers],
        },
        "loggers": {
            "gunicorn.error": {"level": "NOTSET", "handlers": [], "propagate": True},
            START: {"handlers": ["start", *other_handlers], "propagate": False},
            REQUESTS: {"handlers": ["requests", *other_handlers], "propagate": False},
            **{
                name: {"level": SILENT, "handlers": [], "propagate": False} for name in (*QUOTING, *REPEATING)
            },
        },
        "handlers": handlers,
        "filters": {"library_warnings": {"()": LibraryWarnings}},
        "formatters": {
            "line": {"()": ConsoleFormatter, "layout": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
            "plain": {"()": ConsoleFormatter, "layout": "%(message)s"},
            "json": {"()": JsonFormatter},
        },
    }


def line_before_logging(settings: ShellSettings, message: str) -> str:
    """Return a console line for a process whose logging is not configured yet, in the configured format."""
    if settings.console_format != "json":
        return f"{message}\n"
    record = logging.LogRecord(START, logging.INFO, "", 0, message, None, None)
    return f"{JsonFormatter().format(record)}\n"


def _threshold(level: LogLevel) -> dict[str, Any]:
    filters = ["library_warnings"] if level is LogLevel.INFORMATION else []
    return {"level": LEVELS[level], "filters": filters}
