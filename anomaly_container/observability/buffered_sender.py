"""A bounded send buffer for a log receiver, with a background thread."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from anomaly_container.observability.fork_lock import ForkLock

CONNECT_SECONDS: Final = 10.0
SEND_SECONDS: Final = 10.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
UNANSWERED_PROBES: Final = 3
LONGEST_PROBE_SECONDS: Final = 32767
"""The maximum that the kernel accepts for the intervals of keepalive probes."""
SENDING: Final = ForkLock()
"""Held while a thread connects or sends: the master forks workers while its thread does."""


@dataclass(frozen=True)
class Receiver:
    """The address of a log receiver and the settings of its connection.

    Attributes
    ----------
    host
        The host name or address.
    port
        The port.
    heartbeat_seconds
        Seconds without a message after which the connection is checked, and reopened if it is closed.
    tls
        The TLS context; None for no encryption.
    tls_seconds
        The timeout of the TLS handshake.
    """

    host: str
    port: int
    heartbeat_seconds: float
    tls: ssl.SSLContext | None = None
    tls_seconds: float = 0.0


class Connection:
    """A connection that is opened on first use.

    Parameters
    ----------
    receiver
        The receiver.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._socket: socket.socket | None = None

    def send(self, octets: bytes) -> None:
        """Send all octets; if there are none, only make sure that the connection is open.

        Raises
        ------
        OSError
            If the receiver cannot be reached or does not accept the data.
        """
        try:
            if self._socket is not None and _is_gone(self._socket):
                self.close()
            if self._socket is None:
                self._socket = self._connect()
            self._socket.settimeout(SEND_SECONDS)
            if octets:
                self._socket.sendall(octets)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection if it is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        receiver = self._receiver
        plain = socket.create_connection((receiver.host, receiver.port), timeout=CONNECT_SECONDS)
        try:
            seconds = max(1, min(LONGEST_PROBE_SECONDS, round(receiver.heartbeat_seconds)))
            # The kernel probes an idle connection.
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, seconds)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, UNANSWERED_PROBES)
            if receiver.tls is None:
                return plain
            plain.settimeout(receiver.tls_seconds)
            return receiver.tls.wrap_socket(plain, server_hostname=receiver.host)
        except OSError:
            plain.close()
            raise


def _is_gone(connection: socket.socket) -> bool:
    """Return whether the receiver has closed the connection; discard what it has sent."""
    connection.settimeout(0)
    try:
        while connection.recv(4096):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    return True


class Sender:
    """Buffers messages and sends them from a thread.

    Parameters
    ----------
    receiver
        The receiver.
    buffer_bytes
        The size of the buffer; a message that does not fit is dropped and counted.

    Attributes
    ----------
    lost
        The number of messages dropped since the last one that fitted.
    """

    def __init__(self, receiver: Receiver, buffer_bytes: int) -> None:
        self.lost = 0
        self._receiver = receiver
        self._buffer_bytes = buffer_bytes
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._is_closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="log sender", daemon=True)
        self._thread.start()

    def put(self, message: bytes) -> None:
        """Add a message to the buffer without blocking."""
        with self._changed:
            if self._size + len(message) > self._buffer_bytes:
                self.lost += 1
                return
            self.lost = 0
            self._waiting.append(message)
            self._size += len(message)
            self._changed.notify()

    def close(self, seconds: float) -> None:
        """Send the buffered messages and stop; drop those that are not sent within the time."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        connection = Connection(self._receiver)
        pause = FIRST_PAUSE
        fails = False
        while (messages := self._next()) is not None:
            try:
                with SENDING:
                    connection.send(b"".join(messages))
            except OSError as error:
                if not fails:
                    self._report(f"cannot be sent to {{}}: {error.strerror or type(error).__name__}.")
                fails = True
                if self._closes_within(pause):
                    break
                pause = min(2 * pause, LONGEST_PAUSE, self._receiver.heartbeat_seconds)
            else:
                if fails:
                    self._report(f"are sent to {{}} again; {self.lost} were lost.")
                pause, fails = FIRST_PAUSE, False
                self._forget(messages)
        connection.close()

    def _next(self) -> list[bytes] | None:
        """Wait for messages; return an empty list for a heartbeat, and None after the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._waiting or self._is_closing, self._receiver.heartbeat_seconds
            )
            return None if self._is_closing and not self._waiting else list(self._waiting)

    def _forget(self, messages: list[bytes]) -> None:
        with self._changed:
            for message in messages:
                self._waiting.popleft()
                self._size -= len(message)

    def _closes_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._is_closing, seconds)

    def _report(self, outcome: str) -> None:
        """Write to the console directly: a log record would come back here."""
        address = f"{self._receiver.host}:{self._receiver.port}"
        sys.stderr.write(f"Log records {outcome.format(address)}\n")
