"""The hooks that count usage when the states of partitions become durable."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from anomaly_container.services.streams.partitions import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from concurrent.futures import Executor

    from anomaly_container.services.streams.scoring import Scoring
    from anomaly_container.services.streams.usage import StreamUsage

log = logging.getLogger(__name__)


class CountingHooks(Hooks):
    """Counts the events that the states record, on a thread.

    Parameters
    ----------
    usage
        The usage to raise.
    scoring
        The holder of the states.
    thread
        The thread that writes to the disk.
    clock
        A function that returns the time in seconds since 1970.
    """

    def __init__(
        self, usage: StreamUsage, scoring: Scoring, thread: Executor, clock: Callable[[], float]
    ) -> None:
        self._usage, self._scoring, self._thread, self._clock = usage, scoring, thread, clock

    async def begin(self, documents: Mapping[str, bytes]) -> None:
        """Count the events of the states of all partitions, assigned or not."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._usage.raise_all, documents)

    async def acquired(self, names: Collection[str]) -> None:
        """Continue lines that are missing in a state from the totals of metering."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._resume, names)

    async def saved(self, name: str, document: bytes) -> None:
        """Count the events of a snapshot."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._usage.raise_all, {name: document})
        except OSError as error:
            # The line is in the snapshot: the next one, or the next start, counts it.
            log.warning("Usage was not counted yet: %s.", error.strerror)

    def _resume(self, names: Collection[str]) -> None:
        self._usage.resume(self._scoring.states, names, now=self._clock())
