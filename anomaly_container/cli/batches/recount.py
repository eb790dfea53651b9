"""Correct the totals of the state: files, rows and anomalies, by the summaries below `processed/`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from anomaly_container.cli.batches.on_store import VerbError, run_on_store
from anomaly_container.cli.batches.partitions import add_partition, chosen_partitions, store_of
from anomaly_container.cli.batches.store_state import commits_of
from anomaly_container.cli.progress import progress
from anomaly_container.outbound.errors import BadKey, NotFound, TooLarge
from anomaly_container.services.batches.keys import PROCESSED

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.commit import Commits
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.state import State

SUFFIX: Final = "_summary.json"
LONGEST: Final = 1 << 20
AT_ONCE: Final = 16
MANY: Final = 100
"""The number of summaries from which a bar is drawn."""
ATTEMPTS: Final = 5


class Totals(NamedTuple):
    """Totals of batches."""

    files: int = 0
    rows: int = 0
    anomalies: int = 0


class Summary(NamedTuple):
    """The counted fields of a summary; the revision is 0 if the original pipeline wrote it."""

    source_key: str
    revision: int
    rows: int
    anomalies: int


def add_arguments(parser: ArgumentParser) -> None:
    """Add the argument of the verb to its parser."""
    add_partition(parser)


def run(arguments: Namespace, settings: BatchesSettings) -> int:
    """Correct the totals, and return the exit code."""
    return run_on_store(settings, partial(_recount_each, settings=settings, wanted=arguments.partition))


async def _recount_each(store: ObjectStore, *, settings: BatchesSettings, wanted: str | None) -> int:
    for name in await chosen_partitions(store, settings, wanted):
        files, rows, anomalies = await _recount(store_of(store, name), settings)
        begin = f"{name}: " if name else ""
        sys.stdout.write(f"{begin}{files:,} files, {rows:,} rows, {anomalies:,} anomalies.\n")
    return 0


async def _recount(store: ObjectStore, settings: BatchesSettings) -> Totals:
    commits = commits_of(store, settings)
    for _ in range(ATTEMPTS):
        before = await commits.current()
        summaries = await _read_summaries(store)
        counted = totals_of(summaries, before)
        if await _correct(commits, before, counted):
            return counted
    message = "Other processes changed the state each time; try again when they have less to do."
    raise VerbError(message)


def totals_of(summaries: Sequence[Summary], before: State) -> Totals:
    """Return the totals of the batches that a state knows of.

    A batch that was committed after the state does not count, and one that is committed and not yet published
    does: whatever others do meanwhile, the difference to the totals of the state is what has to be corrected.
    Of several versions of an object the newest counts, as it is the one that has a summary.

    Parameters
    ----------
    summaries
        The summaries that were found after the state was read.
    before
        The state.
    """
    known = {
        one.source_key: (one.rows, one.anomalies) for one in summaries if one.revision <= before.revision
    }
    replaced = {one.source_key for one in summaries if one.revision > before.revision}
    newest = {entry.key: entry for entry in reversed(before.ledger.batches())}
    known |= {
        key: (entry.rows, entry.anomalies)
        for key, entry in newest.items()
        if not entry.published or key in replaced
    }
    return Totals(len(known), *(sum(one[part] for one in known.values()) for part in (0, 1)))


async def _correct(commits: Commits, before: State, counted: Totals) -> bool:
    """Add what is missing by one conditional write, and return whether the totals are right."""
    missing = Totals(
        counted.files - before.files, counted.rows - before.rows, counted.anomalies - before.anomalies
    )
    if not any(missing):
        return True
    is_first = True

    async def corrected(state: State) -> tuple[State, bool]:
        nonlocal is_first
        if not is_first:  # the first write may have happened: count again
            return state, False
        is_first = False
        return replace(
            state,
            files=state.files + missing.files,
            rows=state.rows + missing.rows,
            anomalies=state.anomalies + missing.anomalies,
        ), True

    await commits.current()
    return await commits.change(corrected)


async def _read_summaries(store: ObjectStore) -> list[Summary]:
    names = [info.key async for info in store.list(PROCESSED) if info.key.endswith(SUFFIX)]
    found: list[Summary | None] = []
    with progress("summaries", len(names) >= MANY, unit="files") as advance:
        for start in range(0, len(names), AT_ONCE):
            found += await asyncio.gather(*(_read(store, name) for name in names[start : start + AT_ONCE]))
            advance(len(found), len(names))
    return [one for one in found if one is not None]


async def _read(store: ObjectStore, name: str) -> Summary | None:
    """Return a summary; None for an object that is not one."""
    try:
        content = orjson.loads((await store.read(name, LONGEST)).data)
        return Summary(
            str(content["source_key"]),
            int(content.get("revision", 0)),
            int(content["total_rows"]),
            int(content["anomaly_count"]),
        )
    except (
        BadKey,
        NotFound,
        TooLarge,
        orjson.JSONDecodeError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ):
        return None
