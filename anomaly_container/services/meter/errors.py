"""The answers of the metering endpoint to errors."""

from __future__ import annotations

import json
import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from anomaly_container.web.errors import MESSAGES as SHELL_MESSAGES
from anomaly_container.web.errors import ErrorAnswer, phrase

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from anomaly_container.metering.record_schema import RecordError

SECONDS_TO_RETRY_AFTER: Final = 10

# The text of 401 is that of the Azure service.
MESSAGES: Final[Mapping[int, str]] = MappingProxyType(
    {
        **SHELL_MESSAGES,
        401: "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a"
        " valid key for an active subscription and use a correct regional API endpoint for your resource.",
        409: "Another record with this 'id' is stored. A record must be sent again unchanged.",
        500: "The request can not be processed due to unexpected exception.",
    }
)
CANNOT_STORE: Final = (
    "The usage records can not be read or written now. Please retry after the seconds in the"
    " Retry-After header."
)

log = logging.getLogger(__name__)


def error_answer(status: int, code: str, message: str | None) -> ErrorAnswer:
    """Return the answer to an error: nested like those of the shell, in the bytes of this endpoint."""
    text = message or MESSAGES.get(status) or phrase(status)
    return ErrorAnswer(status, code, json.dumps({"error": {"code": code, "message": text}}).encode())


def late_body(_error: object) -> ErrorAnswer:
    """Return the answer to a body that did not arrive in time."""
    return error_answer(408, "408", "The request body did not arrive in time.")


def unreadable_body(_error: object) -> ErrorAnswer:
    """Return the answer to a body that is not in its declared encoding."""
    return error_answer(400, "400", "The request body must be JSON.")


def record_error(error: RecordError) -> ErrorAnswer:
    """Return the answer to a record that does not match the schema."""
    return error_answer(400, "400", error.reason)


def store_error(error: sqlite3.Error) -> ErrorAnswer:
    """Log why the records cannot be used, and return the answer."""
    # The text of the error may quote a record; its name says what kind of error it is.
    reason = getattr(error, "sqlite_errorname", type(error).__name__)
    log.warning("The usage records cannot be read or written: %s", reason)
    answer = error_answer(503, "503", CANNOT_STORE)
    return ErrorAnswer(503, "503", answer.body, {"Retry-After": str(SECONDS_TO_RETRY_AFTER)})
