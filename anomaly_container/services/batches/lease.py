"""A lease on an object: one process at a time does something, until it lets go or its time is over.

A lease orders processes so that they do not hinder each other. It never decides what is right: only the
condition of a write does.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import orjson

from anomaly_container.outbound.errors import Changed, NotFound, OutboundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anomaly_container.outbound.object_store import ObjectStore

LONGEST: Final = 4096
"""The largest object of a lease in bytes."""
LONGEST_PAUSE: Final = 0.5
SECONDS_BETWEEN_SIGNS: Final = 1.0
"""How often a process that waited for a lease renews it, while it holds it."""
SECONDS_WITHOUT_SIGN: Final = 5.0
"""After so long without a change its holder is dead, whatever the end of the lease is."""


class Lease:
    """A lease that this process may hold.

    Parameters
    ----------
    store
        The store of the object.
    key
        The key of the object.
    seconds
        How long the lease lasts if it is not renewed.
    clock
        Returns the time in seconds since 1970.
    """

    def __init__(self, store: ObjectStore, key: str, seconds: float, clock: Callable[[], float]) -> None:
        self._store = store
        self._key = key
        self._seconds = seconds
        self._clock = clock
        self._owner = str(uuid4())
        self._etag: str | None = None
        self._seen: tuple[str, float] = "", 0.0
        self._signs: asyncio.Task[None] | None = None

    async def try_to_take(self) -> bool:
        """Take or renew the lease, and return whether this process holds it."""
        return await self._is_taken(lambda _etag: False)

    async def _is_taken(self, is_dead: Callable[[str], bool]) -> bool:
        now = self._clock()
        content = orjson.dumps({"owner": self._owner, "until": now + self._seconds})
        try:
            found = await self._store.read(self._key, LONGEST)
        except NotFound:
            return await self._written(self._store.create(self._key, content))
        owner, until = _owner_of(found.data)
        if owner != self._owner and until > now and not is_dead(found.info.etag):
            return False
        return await self._written(self._store.update(self._key, content, found.info.etag))

    async def take(self) -> None:
        """Wait for the lease; after twice its time go on without it, for it only orders.

        Until it is released signs are given that this process lives. One that was killed gives none, and
        nobody waits until the end of its lease.
        """
        ends = self._clock() + 2 * self._seconds
        # Nobody tells a process that another has let go.
        while not await self._is_taken(self._is_dead) and self._clock() < ends:  # noqa: ASYNC110  # as above
            await asyncio.sleep(random.uniform(0.01, LONGEST_PAUSE))  # noqa: S311  # it only spreads the attempts
        if self._etag is not None:
            self._signs = asyncio.create_task(self._give_signs())

    def _is_dead(self, etag: str) -> bool:
        """Return whether the lease has not changed for long, by the clock of this process alone."""
        now = time.monotonic()
        if etag != self._seen[0]:
            self._seen = etag, now
        return now - self._seen[1] > SECONDS_WITHOUT_SIGN

    async def _give_signs(self) -> None:
        while self._etag is not None:
            await asyncio.sleep(SECONDS_BETWEEN_SIGNS)
            with suppress(OutboundError):
                await self.try_to_take()

    async def release(self) -> None:
        """Let go of the lease, if this process holds it."""
        if self._signs is not None:
            self._signs.cancel()
            await asyncio.wait({self._signs})
            self._signs = None
        if self._etag is None:
            return
        etag, self._etag = self._etag, None
        content = orjson.dumps({"owner": self._owner, "until": 0})
        await self._written(self._store.update(self._key, content, etag))
        self._etag = None

    async def _written(self, write: Awaitable[str]) -> bool:
        try:
            self._etag = await write
        except Changed:
            self._etag = None
            return False
        return True


def _owner_of(data: bytes) -> tuple[str, float]:
    """Return the owner and the end of a lease; one that cannot be read has ended."""
    try:
        content = orjson.loads(data)
        return str(content["owner"]), float(content["until"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return "", 0.0
