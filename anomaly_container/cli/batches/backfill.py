"""Score every object of the store that is not in the ledger, oldest first; metered as a server is.

It may run beside workers of the same store, and beside others of itself with different shards.
"""

from __future__ import annotations

import asyncio
import sys
import time
from argparse import ArgumentTypeError
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.batches.backfilling import Done, in_words, score
from anomaly_container.cli.batches.metered import MeteredError, metered
from anomaly_container.cli.batches.on_store import VerbError, run_on_store
from anomaly_container.cli.batches.partitions import add_partition, chosen_partitions
from anomaly_container.cli.numbers import number_of
from anomaly_container.cli.progress import progress
from anomaly_container.outbound.errors import OutboundError
from anomaly_container.outbound.http_client import HttpClient
from anomaly_container.services.batches.dead_letters import printable
from anomaly_container.services.batches.keys import RAW, is_table, key_id
from anomaly_container.services.batches.parts import Surroundings, put_together
from anomaly_container.services.batches.working import NotUsableError, check_store, prepare
from anomaly_container.web.metering_gate import MeteringGate

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from anomaly_container.metering.usage import Usage
    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.outbound.stored_object import ObjectInfo
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.services.batches.settings import BatchesSettings

FAILED: Final = 1
MOST_SHARDS: Final = 10_000
MANY: Final = 2
"""The number of objects from which a bar is drawn."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb to its parser."""
    add = parser.add_argument
    add("--prefix", default="", metavar="P", help="only keys that begin so; raw/ may be left out")
    add(
        "--since",
        type=_time,
        metavar="T",
        help="only objects changed at or after a time in ISO 8601, UTC by default",
    )
    add_partition(parser)
    add("--shards", type=_shards, default=1, metavar="N", help="number of processes that share the objects")
    add("--shard", type=_shard, default=0, metavar="I", help="number of this one, from 0")


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """Score the objects, report the usage, and return the exit code."""
    if arguments.shard >= arguments.shards:
        sys.stderr.write("--shard must be less than --shards.\n")
        return FAILED
    name = f"-{arguments.shard}" if arguments.shards > 1 else ""
    try:
        with metered(settings, f"metering-batches-backfill{name}") as usage:
            work = partial(_backfill, settings=settings, arguments=arguments, usage=usage)
            return run_on_store(settings, work)
    except MeteredError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


async def _backfill(
    store: ObjectStore, *, settings: BatchesSettings, arguments: Namespace, usage: Usage
) -> int:
    with ThreadPoolExecutor(settings.concurrency, "batches") as threads:
        around = Surroundings(
            loop=asyncio.get_running_loop(),
            threads=threads,
            gate=MeteringGate(usage.policy),
            usage=usage,
            clock=time.time,
        )
        counts: Counter[str] = Counter()
        try:
            await check_store(store, 1)
            for name in await chosen_partitions(store, settings, arguments.partition):
                parts = put_together(settings, store, around, HttpClient(), name)
                await prepare(parts)
                counts += await _backfill_one(parts, around, arguments)
        except NotUsableError as error:
            raise VerbError(str(error)) from None
    sys.stdout.write(f"{in_words(counts)}\n")
    return FAILED if counts["dead letters"] else 0


async def _backfill_one(parts: Parts, around: Surroundings, arguments: Namespace) -> Counter[str]:
    """Score the objects of one partition, and return what was counted."""
    found = await objects_to_score(parts, chosen_by(arguments))
    title = f"backfill {parts.partition}".strip()
    with progress(title, len(found) >= MANY, unit="files") as advance:
        done = Done(parts, len(found), advance)
        try:
            await score(parts, around.gate, found, done)
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            parts.bridge.end()
            await _count_commits(parts)
    return done.counts


def chosen_by(arguments: Namespace) -> Callable[[ObjectInfo], bool]:
    """Return what chooses the objects of the arguments `prefix`, `since`, `shards` and `shard`."""
    prefix = arguments.prefix if arguments.prefix.startswith(RAW) else RAW + arguments.prefix

    def is_chosen(info: ObjectInfo) -> bool:
        return (
            info.key.startswith(prefix)
            and (arguments.since is None or info.modified >= arguments.since)
            and int(key_id(info.key), 16) % arguments.shards == arguments.shard
        )

    return is_chosen


async def objects_to_score(parts: Parts, is_chosen: Callable[[ObjectInfo], bool]) -> list[ObjectInfo]:
    """Return the chosen tables that are not in the ledger, the oldest first.

    Parameters
    ----------
    parts
        The parts.
    is_chosen
        Chooses objects.
    """
    state = await parts.commits.current()
    found = [
        info
        async for info in parts.store.list(RAW)
        if is_table(info.key)
        and is_chosen(info)
        and not await parts.history.knows(state, printable(info.key), info.etag)
    ]
    return sorted(found, key=lambda info: (info.modified, info.key))


async def _count_commits(parts: Parts) -> None:
    """Raise the usage to what the state says, also if the answer to the last write did not come."""
    with suppress(OutboundError):  # the next start counts what this one cannot read
        await parts.commits.current()
        await parts.after_commit.follow()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return an error of a group: the others follow from it."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _time(text: str) -> datetime:
    try:
        time_of = datetime.fromisoformat(text)
    except ValueError:
        message = "it must be a time in ISO 8601, such as 2026-03-01T12:00:00Z"
        raise ArgumentTypeError(message) from None
    return time_of if time_of.tzinfo else time_of.replace(tzinfo=UTC)


def _shards(text: str) -> int:
    return number_of(text, int, 1, MOST_SHARDS)


def _shard(text: str) -> int:
    return number_of(text, int, 0, MOST_SHARDS - 1)
