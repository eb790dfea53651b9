"""List dead letters, or leave a note in the inbox so that a running worker tries them again."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

import orjson

from anomaly_container.cli.batches.on_store import VerbError, run_on_store
from anomaly_container.cli.batches.partitions import add_partition, chosen_partitions, store_of
from anomaly_container.cli.batches.store_state import commits_of
from anomaly_container.outbound.errors import BadKey, NotFound, TooLarge
from anomaly_container.services.batches.history import History
from anomaly_container.services.batches.intake.events import ObjectEvent
from anomaly_container.services.batches.intake.inbox import Inbox
from anomaly_container.services.batches.keys import DEAD_LETTERS, RAW, key_id

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.state import State

FOUND: Final = 2
LONGEST: Final = 1 << 20
OBJECTS_OF_A_NOTE: Final = 100
SUFFIX: Final = ".json"


class DeadLetter(NamedTuple):
    """An object that could not be scored, and when."""

    key: str
    etag: str
    version: str | None
    reason: str
    seen: str


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("key", nargs="?", metavar="KEY", help="key or id of a dead letter; none for a list")
    which.add_argument("--all", action="store_true", help="all dead letters")
    add_partition(parser)


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """List or note dead letters, and return the exit code."""
    return run_on_store(settings, partial(_retry, settings=settings, arguments=arguments))


async def _retry(store: ObjectStore, *, settings: BatchesSettings, arguments: Namespace) -> int:
    wanted: str | None = arguments.key
    lists_only, count = wanted is None and not arguments.all, 0
    for name in await chosen_partitions(store, settings, arguments.partition):
        own = store_of(store, name)
        found = await dead_letters(own, await commits_of(own, settings).current())
        if lists_only:
            sys.stdout.writelines(f"{one.seen}  {one.reason}  {one.key}\n" for one in found)
        else:
            found = [one for one in found if wanted is None or wanted in names_of(one)]
            await _note(Inbox(own), found, settings.bucket)
        count += len(found)
    if lists_only:
        return FOUND if count else 0
    if wanted is not None and not count:
        message = f"{wanted} is not a dead letter."
        raise VerbError(message)
    noun = "object is" if count == 1 else "objects are"
    sys.stdout.write(f"{count:,} {noun} noted; a running worker takes them within a minute.\n")
    return 0


def names_of(letter: DeadLetter) -> set[str]:
    """Return what a person may call a dead letter: its key, with or without `raw/`, and its id."""
    return {letter.key, letter.key.removeprefix(RAW), key_id(letter.key)}


async def dead_letters(store: ObjectStore, state: State) -> list[DeadLetter]:
    """Return the dead letters of a store, the oldest first.

    Those that have left the state are found by their files. An object that was scored since is not one.

    Parameters
    ----------
    store
        The store.
    state
        Its state.
    """
    found = {
        entry.key: DeadLetter(entry.key, entry.etag, entry.version, entry.reason, entry.processed_at)
        for entry in state.ledger.dead_letters()
    }
    filed: dict[str, DeadLetter] = {}
    async for info in store.list(DEAD_LETTERS):
        one = await _read(store, info.key) if info.key.endswith(SUFFIX) else None
        if one is not None and one.key not in found:
            filed[one.key] = one  # the listing is in the order of days: the newest counts
    history = History(store)
    found |= {
        key: one for key, one in filed.items() if not await history.knows(state, key, one.etag, is_retry=True)
    }
    return sorted(found.values(), key=lambda one: (one.seen, one.key))


async def _note(inbox: Inbox, found: Sequence[DeadLetter], bucket: str) -> None:
    for start in range(0, len(found), OBJECTS_OF_A_NOTE):
        events = [
            ObjectEvent(bucket, one.key, one.etag, one.version)
            for one in found[start : start + OBJECTS_OF_A_NOTE]
        ]
        await inbox.note(f"retry-{uuid4()}", events, time.time(), is_retry=True)


async def _read(store: ObjectStore, name: str) -> DeadLetter | None:
    """Return the dead letter of a file; None if it is not one of ours."""
    try:
        content = orjson.loads((await store.read(name, LONGEST)).data)
        return DeadLetter(
            str(content["key"]),
            str(content["etag"]),
            content["version"],
            str(content["reason"]),
            str(content["last_seen"]),
        )
    except (BadKey, NotFound, TooLarge, orjson.JSONDecodeError, KeyError, TypeError):
        return None
