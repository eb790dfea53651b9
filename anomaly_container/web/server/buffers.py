"""What a worker holds in memory for its clients: bodies that come in, and answers that are not taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from anomaly_container.observability import metrics

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

BODIES_SHARE: Final = 0.5
"""How much of the bound bodies may take: those who send must not end those who read."""


class Buffers:
    """The bytes of all clients, bounded, and the time that an answer may wait to be taken.

    Parameters
    ----------
    limit
        Bytes in all. Beyond them a body is not taken, unless it is the only one, and of the connections whose
        answer waits the one that has waited longest is ended.
    write_seconds
        How long an answer may wait.
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
        """How many bytes there are in all."""
        return self._bodies + self._unsent_bytes

    def are_full(self) -> bool:
        """Tell whether there is no room for an answer until connections that were given up are gone."""
        return bool(self._ending) and self.held + self._ending_bytes > self._limit

    def take(self, size: int, before: int = 0) -> bool:
        """Take in so many bytes of a body besides those before, or tell that there is no room."""
        if self._bodies > before and self._bodies + size > BODIES_SHARE * self._limit:
            return False
        self._bodies += size
        self._bound()
        return True

    def give_back(self, size: int) -> None:
        """Note that so many bytes of bodies are needed no more."""
        self._bodies -= size

    def begin(self, transport: Transport, answer_size: int) -> None:
        """Note that a client has not taken all of an answer at once; it is in memory as a whole."""
        if transport in self._unsent or transport in self._ending:
            return
        size = max(answer_size, transport.get_write_buffer_size())
        deadline = asyncio.get_running_loop().call_later(
            self._write_seconds, self._give_up, transport, "deadline"
        )
        self._unsent[transport] = size, deadline
        self._unsent_bytes += size
        self._bound()

    def end(self, transport: Transport) -> None:
        """Note that it has taken it, or is gone."""
        self._ending_bytes -= self._ending.pop(transport, 0)
        size, deadline = self._unsent.pop(transport, (0, None))
        self._unsent_bytes -= size
        if deadline is not None:
            deadline.cancel()

    def _bound(self) -> None:
        while self.held > self._limit and self._unsent:
            self._give_up(next(iter(self._unsent)), "memory")

    def _give_up(self, transport: Transport, reason: str) -> None:
        size, _ = self._unsent[transport]
        self.end(transport)
        self._ending[transport] = size
        self._ending_bytes += size
        metrics.UNREAD.labels(reason).inc()
        # Not within the write that may have led here.
        asyncio.get_running_loop().call_soon(transport.abort)
