"""The partitions of a store that a process works on; a store that is not divided is one of its own."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.services.batches import metrics
from anomaly_container.services.batches.partition_store import REST, WHOLE, partition_of, partitions_in

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.services.batches.state import State

MOST: Final = 256
"""The most partitions of one process. The objects of others stay below `raw/`, and are not scored."""
SECONDS_A_STATE_IS_NEW: Final = 5.0
"""What routes say of all partitions together may be older by this than what they say of one."""
READ_AT_ONCE: Final = 16

log = logging.getLogger(__name__)


class Partitions:
    """The parts of each partition.

    Parameters
    ----------
    store
        The store.
    make
        Makes the parts of a partition.
    is_divided
        Whether the first folder below `raw/` is the partition.
    """

    def __init__(self, store: ObjectStore, make: Callable[[str], Parts], *, is_divided: bool) -> None:
        self._store = store
        self._make = make
        self._is_divided = is_divided
        self._first = REST if is_divided else WHOLE
        self._parts = {self._first: make(self._first)}
        self._read_at: dict[str, float] = {}
        self._has_come = asyncio.Event()
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self._is_full = False

    @property
    def first(self) -> Parts:
        """Those of the whole store; of a divided one, those of the objects in no folder."""
        return self._parts[self._first]

    def every(self) -> list[Parts]:
        """Return the parts of every partition that is known, in the order of their names."""
        return [self._parts[name] for name in sorted(self._parts)]

    def names(self) -> list[str]:
        """Return the names of the partitions that are known."""
        return sorted(self._parts)

    def named(self, name: str) -> Parts | None:
        """Return the parts of a partition that is known; None for any other name."""
        return self._parts.get(name) if self._is_divided else None

    def of(self, key: str) -> Parts | None:
        """Return the parts of the partition of an object, which may be new; None if there are too many."""
        return self._opened(partition_of(key) if self._is_divided else WHOLE, key)

    async def find(self) -> None:
        """Open the partitions that the store has."""
        if self._is_divided:
            for name in await partitions_in(self._store, MOST):
                self._opened(name)

    async def states(self, chosen: Sequence[Parts]) -> list[State]:
        """Return the state of each of some partitions; those of several may be some seconds old."""
        return list(await asyncio.gather(*(self._state(parts, len(chosen) > 1) for parts in chosen)))

    async def run(self, work: Callable[[Parts], Coroutine[Any, Any, None]]) -> None:
        """Work on each partition, also on those that come, until the task is cancelled.

        Parameters
        ----------
        work
            Works on a partition until it is cancelled; if it fails, all end.
        """
        begun: set[str] = set()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._has_come.clear()
                for name, parts in self._parts.items():
                    if name not in begun:
                        begun.add(name)
                        tasks.create_task(work(parts))
                await self._has_come.wait()

    def end(self) -> None:
        """Let no thread read from the store any more."""
        for parts in self._parts.values():
            parts.bridge.end()

    def _opened(self, name: str, key: str = "") -> Parts | None:
        if name not in self._parts:
            if len(self._parts) > MOST:
                self._refuse(key)
                return None
            self._parts[name] = self._make(name)
            self._has_come.set()
        return self._parts[name]

    def _refuse(self, key: str) -> None:
        if key:
            metrics.IGNORED.labels("partition").inc()
        if not self._is_full:
            self._is_full = True
            log.error("The store has more than %d partitions: the objects of others are not scored.", MOST)

    async def _state(self, parts: Parts, may_be_old: bool) -> State:
        loop = asyncio.get_running_loop()
        known, read_at = parts.commits.last, self._read_at.get(parts.partition, -SECONDS_A_STATE_IS_NEW)
        if may_be_old and known is not None and loop.time() - read_at < SECONDS_A_STATE_IS_NEW:
            return known
        async with self._reading:
            found = await parts.commits.current()
        self._read_at[parts.partition] = loop.time()
        return found
