"""Log records for Fluentd, in the messages of its forward protocol."""

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
"""The type of an extension of MessagePack that holds a time: seconds and nanoseconds."""
MICROSECOND: Final = 1000
FLUSH_SECONDS: Final = 0.4
"""A worker has 8 seconds to end; requests, the last report of usage and this share them."""


def receiver_of(settings: LoggingSettings) -> Receiver | None:
    """Return where the records go; None when nowhere.

    Raises
    ------
    SettingsError
        When the file of certificates cannot be used.
    """
    if settings.fluentd_host is None:
        return None
    return Receiver(
        host=settings.fluentd_host,
        port=settings.fluentd_port,
        heartbeat_seconds=settings.fluentd_heartbeat_ms / 1000,
        tls=_trust(settings) if settings.fluentd_tls else None,
        tls_seconds=settings.fluentd_tls_ms / 1000,
    )


def _trust(settings: LoggingSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.fluentd_ca_bundle)
    except OSError as error:  # of which an SSLError is one
        raise SettingsError(
            [f"The certificates that Fluentd:CaBundle names cannot be used: {error.strerror}."]
        ) from None


def message(record: logging.LogRecord, lost: int) -> bytes:
    """Write a record as one message: tag, time, entry."""
    seconds, microseconds = divmod(round(record.created * 1_000_000), 1_000_000)
    time = msgpack.Ext(EVENT_TIME, struct.pack(">II", seconds, microseconds * MICROSECOND))
    return msgpack.encode([TAG, time, entry_of(record, lost)])


class ForwardHandler(logging.Handler):
    """Sends records; a process that was forked begins with a buffer and a connection of its own.

    Parameters
    ----------
    receiver
        Where they go.
    buffer_bytes
        Bytes of records that may wait to be sent.
    """

    def __init__(self, receiver: Receiver, buffer_bytes: int) -> None:
        super().__init__()
        self._receiver = receiver
        self._buffer_bytes = buffer_bytes
        self._sender: Sender | None = None
        self._process = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        """Leave one record to be sent."""
        if self._sender is None or self._process != os.getpid():
            # What another process has waiting is its own to send.
            self._process = os.getpid()
            self._sender = Sender(self._receiver, self._buffer_bytes)
        self._sender.put(message(record, self._sender.lost))

    def close(self) -> None:
        """Send what waits, as far as it takes no longer than `FLUSH_SECONDS`."""
        if self._sender is not None and self._process == os.getpid():
            self._sender.close(FLUSH_SECONDS)
            self._sender = None
        super().close()
