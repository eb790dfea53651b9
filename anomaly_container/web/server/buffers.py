"""The memory that a worker uses for its clients: request bodies, and responses that are not read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from anomaly_container.observability import metrics

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

BODY_SHARE: Final = 0.5
"""The share of the limit for request bodies: clients that send must not cut off clients that read."""


class Buffers:
    """A limit on the bytes of all clients, and on the time that a response may stay unread.

    Parameters
    ----------
    limit
        Bytes in all. Beyond them a body is refused, unless it is the only one, and the connection whose
        response has been unread for the longest time is aborted.
    write_seconds
        Seconds that a response may stay unread.
    """

    def __init__(self, limit: int, write_seconds: float) -> None:
        self._limit = limit
        self._write_seconds = write_seconds
        self._bodies = 0
        self._unsent: dict[Transport, tuple[int, TimerHandle]] = {}
        self._unsent_bytes = 0
        self._ending: dict[Transport, int] = {}
        self._ending_bytes = 0

    @property
    def held(self) -> int:
        """The number of bytes in use."""
        return self._bodies + self._unsent_bytes

    def are_full(self) -> bool:
        """Return whether a response has to wait until the aborted connections are closed."""
        return bool(self._ending) and self.held + self._ending_bytes > self._limit

    def reserve(self, size: int, reserved: int = 0) -> bool:
        """Reserve bytes for a body that has some already; return False if there is no room for them."""
        if self._bodies > reserved and self._bodies + size > BODY_SHARE * self._limit:
            return False
        self._bodies += size
        self._enforce_limit()
        return True

    def release(self, size: int) -> None:
        """Release bytes of request bodies."""
        self._bodies -= size

    def add_unsent(self, transport: Transport, response_size: int) -> None:
        """Add a response that the client has not read at once; all of it stays in memory."""
        if transport in self._unsent or transport in self._ending:
            return
        size = max(response_size, transport.get_write_buffer_size())
        deadline = asyncio.get_running_loop().call_later(
            self._write_seconds, self._abort, transport, "deadline"
        )
        self._unsent[transport] = size, deadline
        self._unsent_bytes += size
        self._enforce_limit()

    def remove_unsent(self, transport: Transport) -> None:
        """Remove the response of a client that has read it or is gone."""
        self._ending_bytes -= self._ending.pop(transport, 0)
        size, deadline = self._unsent.pop(transport, (0, None))
        self._unsent_bytes -= size
        if deadline is not None:
            deadline.cancel()

    def _enforce_limit(self) -> None:
        while self.held > self._limit and self._unsent:
            self._abort(next(iter(self._unsent)), "memory")

    def _abort(self, transport: Transport, reason: str) -> None:
        size, _ = self._unsent[transport]
        self.remove_unsent(transport)
        self._ending[transport] = size
        self._ending_bytes += size
        metrics.UNREAD.labels(reason).inc()
        # Not during the write that may have led here.
        asyncio.get_running_loop().call_soon(transport.abort)
