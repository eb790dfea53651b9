"""The description of the metering endpoint for the shell."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from aiohttp import web

from anomaly_container.metering.record_schema import RecordError
from anomaly_container.observability.logging import START
from anomaly_container.services.meter.errors import (
    error_answer,
    late_body,
    record_error,
    store_error,
    unreadable_body,
)
from anomaly_container.services.meter.handlers import Endpoint, routes
from anomaly_container.services.meter.store import ReceiverStore, UnknownLayoutError
from anomaly_container.web.access_keys import InlineAccessKeys
from anomaly_container.web.errors import UnreadableBodyError
from anomaly_container.web.service import Service, StartError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anomaly_container.services.meter.settings import MeterSettings
    from anomaly_container.web.shell import Shell

FILE_NAME: Final = "usage.sqlite3"

log = logging.getLogger(START)


@asynccontextmanager
async def open_endpoint(settings: MeterSettings, shell: Shell) -> AsyncIterator[Endpoint]:
    """Open the store of records, and close it after the last write.

    Raises
    ------
    StartError
        If the records cannot be used.
    """
    with ExitStack() as stack:
        directory = settings.directory or _temporary_directory(stack)
        store = _store(directory)
        log.info("Using '%s' for usage records.", directory)
        if settings.directory is None:
            log.warning("WARNING: No Directory is given: the usage records are lost when this command ends.")
        if not settings.sender_keys:
            log.warning("WARNING: No Keys are given: any key that is not blank is accepted.")
        writer = shell.thread("writer")
        try:
            yield Endpoint(store, InlineAccessKeys(settings.sender_keys), writer)
        finally:
            # On the writing thread, so that it finishes first.
            await asyncio.get_running_loop().run_in_executor(writer, store.close)


def _temporary_directory(stack: ExitStack) -> Path:
    """Return a new directory that is removed when the stack closes."""
    try:
        return Path(stack.enter_context(TemporaryDirectory(prefix="metering-")))
    except OSError as error:
        message = f"A temporary directory for usage records cannot be made: {_reason(error)}."
        raise StartError(message) from None


def _store(directory: Path) -> ReceiverStore:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ReceiverStore.open(directory / FILE_NAME)
    except (OSError, sqlite3.Error, UnknownLayoutError) as error:
        message = f"The usage records in '{directory}' cannot be used: {_reason(error)}."
        raise StartError(message) from None


def _reason(error: Exception) -> str:
    if isinstance(error, UnknownLayoutError):
        return "another version of this program wrote them"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


SERVICE: Final = Service(
    name="meter",
    meters=(),
    open=open_endpoint,
    routes=routes,
    errors={
        RecordError: record_error,
        sqlite3.Error: store_error,
        web.HTTPRequestTimeout: late_body,
        UnreadableBodyError: unreadable_body,
    },
    error_answer=error_answer,
    max_workers=1,
)
