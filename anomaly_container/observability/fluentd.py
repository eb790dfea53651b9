"""Log records for Fluentd as messages of its forward protocol."""

from __future__ import annotations

import logging
import os
import ssl
import struct
from typing import TYPE_CHECKING, Final

from msgspec import msgpack

from anomaly_container.observability.buffered_sender import Receiver, Sender
from anomaly_container.observability.formatters import entry_of
from anomaly_container.settings.errors import SettingsError

if TYPE_CHECKING:
    from anomaly_container.settings.logging import LoggingSettings

TAG: Final = "anomalydetector"
EVENT_TIME: Final = 0
"""The MessagePack extension type of an event time: seconds and nanoseconds."""
MICROSECOND: Final = 1000
FLUSH_SECONDS: Final = 0.4
"""A worker has 8 seconds to stop, shared by open requests, the last usage report and this."""


def receiver_of(settings: LoggingSettings) -> Receiver | None:
    """Return the receiver of the settings; None if there is none.

    Raises
    ------
    SettingsError
        If the file of certificates cannot be used.
    """
    if settings.fluentd_host is None:
        return None
    return Receiver(
        host=settings.fluentd_host,
        port=settings.fluentd_port,
        heartbeat_seconds=settings.fluentd_heartbeat_ms / 1000,
        tls=_tls_context(settings) if settings.fluentd_tls else None,
        tls_seconds=settings.fluentd_tls_ms / 1000,
    )


def _tls_context(settings: LoggingSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.fluentd_ca_bundle)
    except OSError as error:  # includes SSLError
        raise SettingsError(
            [f"The certificates that Fluentd:CaBundle names cannot be used: {error.strerror}."]
        ) from None


def message(record: logging.LogRecord, lost: int) -> bytes:
    """Return the message of a record: tag, time and entry."""
    seconds, microseconds = divmod(round(record.created * 1_000_000), 1_000_000)
    time = msgpack.Ext(EVENT_TIME, struct.pack(">II", seconds, microseconds * MICROSECOND))
    return msgpack.encode([TAG, time, entry_of(record, lost)])


class ForwardHandler(logging.Handler):
    """Sends records; a forked process gets its own buffer and connection.

    Parameters
    ----------
    receiver
        The receiver.
    buffer_bytes
        The size of the send buffer.
    """

    def __init__(self, receiver: Receiver, buffer_bytes: int) -> None:
        super().__init__()
        self._receiver = receiver
        self._buffer_bytes = buffer_bytes
        self._sender: Sender | None = None
        self._process = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        """Add a record to the send buffer."""
        if self._sender is None or self._process != os.getpid():
            # The buffer of the parent process is sent by the parent.
            self._process = os.getpid()
            self._sender = Sender(self._receiver, self._buffer_bytes)
        self._sender.put(message(record, self._sender.lost))

    def close(self) -> None:
        """Send the buffered records, for at most `FLUSH_SECONDS`."""
        if self._sender is not None and self._process == os.getpid():
            self._sender.close(FLUSH_SECONDS)
            self._sender = None
        super().close()
