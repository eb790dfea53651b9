"""Dead letters: objects that cannot be scored, each with its reason in a file of its own."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import orjson

from anomaly_container.outbound.errors import NotFound, Refused
from anomaly_container.services.batches.keys import DEAD_LETTERS, key_id
from anomaly_container.services.batches.ledger import Entry
from anomaly_container.services.batches.summary import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.waiting import Item


MOST_OF_NAME: Final = 100
"""The most bytes of the name of an object in that of its dead letter."""


class Reason(StrEnum):
    """Why an object cannot be scored."""

    EMPTY = "empty"
    NO_ROWS = "no_rows"
    NO_COLUMNS = "no_columns"
    MISSING_COLUMN = "missing_column"
    NOT_NUMERIC = "not_numeric"
    RAGGED = "ragged"
    BAD_ENCODING = "bad_encoding"
    BAD_KEY = "bad_key"
    TOO_BIG = "too_big"
    TOO_MANY_COLUMNS = "too_many_columns"
    CORRUPT = "corrupt"
    CHANGED = "changed"
    GONE = "gone"
    NO_PARQUET = "no_parquet"
    STORE_REFUSED = "store_refused"
    FAILED = "failed"


class DeadLetterError(Exception):
    """An object cannot be scored, however often it is tried.

    Parameters
    ----------
    reason
        The reason.
    line
        The line of the file, from 1; None if the reason is not about a line.
    column
        The name of the column; None if the reason is not about one.
    """

    def __init__(self, reason: Reason, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    @property
    def detail(self) -> dict[str, object]:
        """The place of the fault, which never quotes a value of the file."""
        places = {"line": self.line, "column": self.column}
        return {name: place for name, place in places.items() if place is not None}


def dead_letter_key(key: str, day: str) -> str:
    """Return the key of a dead letter.

    Parameters
    ----------
    key
        The key of the object.
    day
        The day, as `2026-03-01`.
    """
    name = "".join(
        letter if letter.isalnum() or letter in "._-" else "_" for letter in key.rpartition("/")[2]
    )
    # A letter has up to four bytes, and a file system allows 255 for a name.
    short = name.encode()[:MOST_OF_NAME].decode(errors="ignore")
    return f"{DEAD_LETTERS}{day}/{key_id(key)}-{short}.json"


class DeadLetters:
    """Writes dead letters.

    Parameters
    ----------
    store
        The store.
    clock
        Returns the time in seconds since 1970.
    copies
        Whether the object is copied beside its dead letter.
    """

    def __init__(self, store: ObjectStore, clock: Callable[[], float], *, copies: bool) -> None:
        self._store = store
        self._clock = clock
        self._copies = copies

    async def write(self, item: Item, fault: DeadLetterError, revision: int) -> Entry:
        """Write the dead letter of an object, and return its entry for the ledger.

        Parameters
        ----------
        item
            The object.
        fault
            Why it cannot be scored.
        revision
            The revision of the state that the entry will be in.
        """
        now = timestamp(self._clock())
        key = dead_letter_key(item.key, now[:10])
        content: dict[str, Any] = {
            "key": printable(item.key),
            "etag": item.etag,
            "version": item.version,
            "reason": fault.reason,
            "detail": fault.detail,
            "attempts": item.attempts,
            "first_seen": timestamp(item.seen or self._clock()),
            "last_seen": now,
            "message_id": item.message_id,
        }
        await self._store.put(key, orjson.dumps(content, option=orjson.OPT_INDENT_2))
        if self._copies and fault.reason is not Reason.BAD_KEY:
            with suppress(NotFound, Refused):
                await self._store.copy(item.key, key.removesuffix(".json"))
        return Entry(
            key=printable(item.key),
            etag=item.etag,
            version=item.version,
            published=True,
            reason=fault.reason,
            revision=revision,
            processed_at=now,
        )


def printable(key: str) -> str:
    """Return a key that can be written as UTF-8, whatever the bytes that it came from."""
    return key.encode(errors="replace").decode()
