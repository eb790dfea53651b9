"""The inbox: objects that a message or a person named, noted durably until they are in the ledger."""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anomaly_container.outbound.errors import Changed, NotFound, TooLarge
from anomaly_container.services.batches.keys import INBOX
from anomaly_container.services.batches.waiting import Item

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.intake.events import ObjectEvent

LONGEST: Final = 1 << 20
_PLAIN: Final = re.compile("[A-Za-z0-9-]{1,100}")


class Inbox:
    """The notes below `state/inbox/`, one for each message.

    Parameters
    ----------
    store
        The store of the state.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def note(
        self, name: str, objects: Sequence[ObjectEvent], seen: float, *, is_retry: bool = False
    ) -> list[Item]:
        """Note objects durably, and return them as items of which the last to finish deletes the note.

        A message that was noted before keeps its note.

        Parameters
        ----------
        name
            The id of the message.
        objects
            The objects.
        seen
            The time in seconds since 1970.
        is_retry
            Whether the objects are scored even if they are dead letters.
        """
        content = {
            "message_id": name,
            "seen": seen,
            "retry": is_retry,
            "objects": [{"key": one.key, "etag": one.etag, "version": one.version} for one in objects],
        }
        key = _key(name)
        try:
            # A key that is not Unicode text is noted too: only this writer has a form for it.
            await self._store.create(key, json.dumps(content).encode())
        except Changed:  # a message that comes again
            return await self.read(key)
        return self._items(key, content)

    async def read(self, key: str) -> list[Item]:
        """Return the items of a note; a note that is gone, or is not one of ours, has none."""
        try:
            found = await self._store.read(key, LONGEST)
            return self._items(key, json.loads(found.data))
        except (NotFound, TooLarge, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return []

    async def notes(self) -> AsyncIterator[str]:
        """Iterate over the keys of all notes."""
        async for info in self._store.list(INBOX):
            yield info.key

    def _items(self, key: str, content: dict[str, Any]) -> list[Item]:
        unfinished = {(one["key"], one["etag"]) for one in content["objects"]}

        async def finish(name: tuple[str, str]) -> None:
            unfinished.discard(name)
            if not unfinished:
                await self._store.delete(key)

        return [
            Item(
                key=one["key"],
                etag=one["etag"],
                version=one["version"],
                message_id=content["message_id"],
                is_retry=content["retry"],
                seen=content["seen"],
                finish=partial(finish, (one["key"], one["etag"])),
            )
            for one in content["objects"]
        ]


def _key(name: str) -> str:
    """Return the key of a note; the id of a message comes from outside, and may be anything."""
    plain = name if _PLAIN.fullmatch(name) else hashlib.sha256(name.encode(errors="replace")).hexdigest()
    return f"{INBOX}{plain}.json"
