"""Metering of a verb: counters of its own, which are reported at its end."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from anomaly_container.metering.directory import DirectoryError, prepare
from anomaly_container.metering.ledger import Ledger, LedgerError
from anomaly_container.process.counting import counting, usage_log_of
from anomaly_container.services.batches.after_commit import BATCH_DETECT, DATA_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anomaly_container.metering.usage import Usage
    from anomaly_container.services.batches.settings import BatchesSettings

METERS: Final = (BATCH_DETECT, DATA_POINTS)
REPORT_SECONDS: Final = 30.0
"""Seconds that the last report may take."""


class MeteredError(Exception):
    """Usage cannot be counted; the text is one sentence."""


@contextmanager
def metered(settings: BatchesSettings, name: str) -> Iterator[Usage]:
    """Yield what counts usage, and report the usage at the end.

    Parameters
    ----------
    settings
        The settings.
    name
        The name of the metering directory below the mounted output: that of a server serves one container.

    Raises
    ------
    MeteredError
        If there is no place to count in.
    """
    chosen = settings
    if settings.metering_directory is None and os.access(settings.mounts_output, os.W_OK | os.X_OK):
        chosen = settings.model_copy(update={"metering_directory": settings.mounts_output / name})
    try:
        directory = prepare(chosen)
        usage, heartbeat = counting(chosen, directory, METERS, usage_log_of(chosen, directory))
    except DirectoryError as error:
        raise MeteredError(str(error)) from None
    except OSError as error:
        message = f"The metering directory cannot be used: {error.strerror}."
        raise MeteredError(message) from None
    heartbeat.start()
    try:
        yield usage
    except OSError as error:
        message = f"Usage cannot be counted: {error.strerror}."
        raise MeteredError(message) from None
    finally:
        heartbeat.stop(REPORT_SECONDS)
        usage.close()
        _show_waiting(directory)


def _show_waiting(directory: Path) -> None:
    """Say if usage could not be reported."""
    try:
        with closing(Ledger(directory)) as ledger:
            waiting = len(ledger.pending())
    except (LedgerError, OSError):
        waiting = 0
    if waiting:
        sys.stderr.write(
            f"{waiting:,} usage records wait in {directory}; the next start with it reports them.\n"
        )
