"""What counts the usage of a process, and what reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly_container.metering.heartbeat import Heartbeat
from anomaly_container.metering.log_sender import FileTransport, log_path
from anomaly_container.metering.usage import Usage
from anomaly_container.metering.usage_log import UsageLog, derive_key

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly_container.settings.base import CommonSettings


def usage_log_of(settings: CommonSettings, metering: Path) -> UsageLog | None:
    """Return the log of a container that is not connected; None if it is connected."""
    if settings.metering_mode != "disconnected":
        return None
    key = derive_key(settings.api_key.get_secret_value())
    return UsageLog(log_path(settings.billing, metering), key)


def counting(
    settings: CommonSettings, metering: Path, meters: tuple[str, ...], log: UsageLog | None
) -> tuple[Usage, Heartbeat]:
    """Return both or neither: the directory may be removed between one and the other.

    Parameters
    ----------
    settings
        The settings.
    metering
        The directory that `metering.directory.prepare` returned.
    meters
        The meters that the process counts.
    log
        The log of `usage_log_of`.

    Raises
    ------
    OSError
        If the directory takes no more files, or is gone.
    """
    usage = Usage(metering, meters, log)
    # A disconnected container writes its records to a log.
    sender = FileTransport(log) if log else None
    try:
        return usage, Heartbeat(settings, metering, meters, sender=sender)
    except OSError:
        usage.close()
        raise
