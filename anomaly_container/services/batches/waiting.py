"""Objects that wait to be scored, each once in a process."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Name: TypeAlias = tuple[str, str, bool]
MOST: Final = 10_000
"""The most objects that wait in one process."""


async def nothing() -> None:
    """Do nothing at the end: a listing finds the object again if it is not in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An object to score.

    Attributes
    ----------
    key
        Its key.
    etag
        Its etag; blank if whatever is there is scored.
    version
        Its version; None if the bucket keeps none.
    message_id
        The message that named it; blank if a listing found it.
    is_retry
        Whether it is scored even if it is a dead letter.
    seen
        The time when it was first seen, in seconds since 1970.
    attempts
        How often it was tried.
    finish
        Called when it is in the ledger: the message that named it is not needed any longer.
    """

    key: str
    etag: str = ""
    version: str | None = None
    message_id: str = ""
    is_retry: bool = False
    seen: float = 0.0
    attempts: int = 0
    finish: Callable[[], Awaitable[None]] = field(default=nothing, compare=False)


class Waiting:
    """A queue of objects in the order of their arrival, with a bound.

    An object that waits already is not queued again. Its second message is finished with the first.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._queue: deque[Item] = deque()
        self._messages: dict[Name, list[Callable[[], Awaitable[None]]]] = {}
        self._seen: dict[Name, float] = {}
        self._has_come = asyncio.Event()
        self._has_gone = asyncio.Event()

    def __len__(self) -> int:
        """Return the number of objects that wait or are being scored."""
        return len(self._messages)

    def __contains__(self, item: Item) -> bool:
        """Return whether an object waits or is being scored."""
        return _name(item) in self._messages

    @property
    def oldest(self) -> float | None:
        """The time when the oldest object was first seen; None if all are done."""
        return min(self._seen.values(), default=None)

    def has_room(self, objects: int = 1) -> bool:
        """Return whether this many more objects may wait."""
        return len(self) + objects <= self._most

    async def put(self, item: Item) -> None:
        """Add an object, after a wait if the queue is full."""
        name = _name(item)
        while name not in self._messages and not self.has_room():
            self._has_gone.clear()
            await self._has_gone.wait()
        if name in self._messages:
            self._messages[name].append(item.finish)
            return
        self._messages[name] = [item.finish]
        self._seen[name] = item.seen
        self._queue.append(item)
        self._has_come.set()

    async def take(self) -> Item:
        """Return the object that waits longest, after a wait if there are none."""
        while not self._queue:
            self._has_come.clear()
            await self._has_come.wait()
        return self._queue.popleft()

    async def finish(self, item: Item) -> None:
        """Finish every message that named an object; after an error the rest can be finished later."""
        messages = self._messages.get(_name(item), [])
        while messages:
            await messages[0]()
            del messages[0]
        self.give_up(item)

    def give_up(self, item: Item) -> None:
        """Forget an object whose messages stay: they come again."""
        self._messages.pop(_name(item), None)
        self._seen.pop(_name(item), None)
        self._has_gone.set()

    def give_back(self, item: Item) -> None:
        """Let an object that was taken wait again, before all others: its worker has ended."""
        if _name(item) in self._messages:
            self._queue.appendleft(item)
            self._has_come.set()


def _name(item: Item) -> Name:
    # An object that is tried again is not the same work as one that came again.
    return item.key, item.etag, item.is_retry
