"""Commits: change the state by conditional writes, one after the other in a process."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from anomaly_container.outbound.errors import Changed, NotFound
from anomaly_container.services.batches import keys, metrics, state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.lease import Lease
    from anomaly_container.services.batches.state import State

T = TypeVar("T")
CONFLICTS_BEFORE_TURN: Final = 5
SHORTEST_PAUSE: Final = 0.01
LONGEST_PAUSE: Final = 0.5
"""Seconds between two attempts after a conflict; they double from the shortest to the longest."""


class StateTooLongError(Exception):
    """A change would make a state that is longer than what is read."""


class Commits:
    """The commits of one process.

    Parameters
    ----------
    store
        The store of the state.
    first
        The state before the first commit.
    turn
        Orders processes that wait after several conflicts.
    """

    def __init__(self, store: ObjectStore, first: State, turn: Lease) -> None:
        self._store = store
        self._first = first
        self._turn = turn
        self._lock = asyncio.Lock()
        self._state: State | None = None
        self._etag: str | None = None
        self._last: State | None = None
        self._last_etag: str | None = None

    async def current(self) -> State:
        """Return the state in the store, without a wait for a change that is being computed."""
        try:
            found = await self._store.read(keys.STATE, state.LONGEST)
            etag: str | None = found.info.etag
            if etag == self._last_etag and self._last is not None:
                return self._last
            newest = state.decode(found.data)
        except NotFound:
            newest, etag = self._first, None
        # A newer one may have been written while this one was read.
        if self._last is None or newest.revision >= self._last.revision:
            self._last, self._last_etag = newest, etag
        return newest

    @property
    def last(self) -> State | None:
        """The newest state that this process has seen; None before the first."""
        return self._last

    async def change(self, changed: Callable[[State], Awaitable[tuple[State, T]]]) -> T:
        """Write a change of the state; it is computed again if another process was faster.

        A write whose answer was lost looks like a conflict. So the change must recognize its own result in
        the state that it is given, and return that state unchanged.

        Parameters
        ----------
        changed
            Returns the new state and a result. If the state is the same object, nothing is written.
        """
        async with self._lock:
            if self._state is None:
                await self._read()
            conflicts = 0
            try:
                while True:
                    if conflicts == CONFLICTS_BEFORE_TURN:
                        await self._turn.take()
                        await self._read()
                    before = self._known()
                    after, result = await changed(before)
                    if after is before or await self._write(replace(after, revision=before.revision + 1)):
                        return result
                    conflicts += 1
                    metrics.CONFLICTS.inc()
                    await asyncio.sleep(_pause(conflicts))
                    await self._read()
            finally:
                if conflicts >= CONFLICTS_BEFORE_TURN:
                    await self._turn.release()

    async def _read(self) -> None:
        try:
            found = await self._store.read(keys.STATE, state.LONGEST)
        except NotFound:
            self._state, self._etag = self._first, None
            self._last, self._last_etag = self._first, None
            return
        if found.info.etag != self._etag or self._state is None:
            self._state, self._etag = state.decode(found.data), found.info.etag
            self._last, self._last_etag = self._state, self._etag

    async def _write(self, after: State) -> bool:
        data = state.encode(after)
        if len(data) > state.LONGEST:  # nobody could read it
            raise StateTooLongError
        # Until the answer is here, it is not known which state is in the store.
        before, etag, self._state = self._state, self._etag, None
        try:
            if etag is None:
                self._etag = await self._store.create(keys.STATE, data)
            else:
                self._etag = await self._store.update(keys.STATE, data, etag)
        except Changed:
            self._state = before
            return False
        self._state = self._last = after
        self._last_etag = self._etag
        return True

    def _known(self) -> State:
        assert self._state is not None  # noqa: S101  # it was read a moment ago
        return self._state


def _pause(conflicts: int) -> float:
    longest = min(SHORTEST_PAUSE * 2**conflicts, LONGEST_PAUSE)
    return random.uniform(SHORTEST_PAUSE, longest)  # noqa: S311  # it only spreads the attempts
