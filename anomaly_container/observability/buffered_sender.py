"""Sends octets to a receiver of logs: from a bounded buffer, by a thread that nobody waits for."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

CONNECT_SECONDS: Final = 10.0
SEND_SECONDS: Final = 10.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
UNANSWERED_PROBES: Final = 3
LONGEST_PROBE_SECONDS: Final = 32767
"""What the kernel takes at most for the times of its probes."""


@dataclass(frozen=True)
class Receiver:
    """Where logs go.

    Attributes
    ----------
    host
        Its name or address.
    port
        Its port.
    heartbeat_seconds
        After so long without a message the connection is looked at, and made again when it is gone.
    tls
        What its certificate is checked against; None to send in the clear.
    tls_seconds
        Time to agree on encryption once the connection is there.
    """

    host: str
    port: int
    heartbeat_seconds: float
    tls: ssl.SSLContext | None = None
    tls_seconds: float = 0.0


class Connection:
    """A connection that is made when it is needed.

    Parameters
    ----------
    receiver
        Whom to connect to.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._socket: socket.socket | None = None

    def send(self, octets: bytes) -> None:
        """Send all of it; with nothing to send, make sure that there is a connection.

        Raises
        ------
        OSError
            When the receiver cannot be reached or does not take it.
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
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        receiver = self._receiver
        plain = socket.create_connection((receiver.host, receiver.port), timeout=CONNECT_SECONDS)
        try:
            seconds = max(1, min(LONGEST_PROBE_SECONDS, round(receiver.heartbeat_seconds)))
            # The kernel asks a silent receiver whether it is still there.
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
    """Tell whether the receiver has closed its side; what it may have said is of no interest."""
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
    """Keeps messages until they are sent.

    Parameters
    ----------
    receiver
        Whom to send to.
    buffer_bytes
        Bytes of messages that may wait; what does not fit is lost and counted.

    Attributes
    ----------
    lost
        Messages that were lost since one last fitted.
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
        """Leave a message to be sent, without waiting."""
        with self._changed:
            if self._size + len(message) > self._buffer_bytes:
                self.lost += 1
                return
            self.lost = 0
            self._waiting.append(message)
            self._size += len(message)
            self._changed.notify()

    def close(self, seconds: float) -> None:
        """Send what waits and end; what takes longer than that is lost."""
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
                connection.send(b"".join(messages))
            except OSError as error:
                if not fails:
                    self._tell(f"cannot be sent to {{}}: {error.strerror or type(error).__name__}.")
                fails = True
                if self._closes_within(pause):
                    break
                pause = min(2 * pause, LONGEST_PAUSE, self._receiver.heartbeat_seconds)
            else:
                if fails:
                    self._tell(f"are sent to {{}} again; {self.lost} were lost.")
                pause, fails = FIRST_PAUSE, False
                self._forget(messages)
        connection.close()

    def _next(self) -> list[bytes] | None:
        """Wait for messages, or for a heartbeat, which has none; return None when all is done."""
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

    def _tell(self, outcome: str) -> None:
        """Write to the console itself: through the log the line would come back here."""
        address = f"{self._receiver.host}:{self._receiver.port}"
        sys.stderr.write(f"Log records {outcome.format(address)}\n")
