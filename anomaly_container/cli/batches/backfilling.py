"""The work of a backfill: some objects, from the first to the last, beside whatever others do."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.batches.on_store import VerbError
from anomaly_container.services.batches.dead_letters import printable
from anomaly_container.services.batches.waiting import Item
from anomaly_container.services.batches.worker import TASKS_FOR_EACH
from anomaly_container.web.errors import GateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anomaly_container.outbound.stored_object import ObjectInfo
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.web.metering_gate import MeteringGate

SECONDS_BETWEEN_COUNTS: Final = 0.05
SECONDS_BETWEEN_LOOKS: Final = 1.0
LONGEST_REFUSAL: Final = 600.0
"""Seconds that metering may refuse work before the verb gives up."""


class Done:
    """The objects that are done.

    Parameters
    ----------
    parts
        The parts, whose state says what became of each.
    total
        The number of objects.
    advance
        Takes the number of objects that are done, and the total.

    Attributes
    ----------
    counts
        Objects, rows, anomalies and dead letters.
    """

    def __init__(self, parts: Parts, total: int, advance: Callable[[int, int], None]) -> None:
        self._parts = parts
        self._total = total
        self._advance = advance
        self.counts: Counter[str] = Counter()

    async def add(self, info: ObjectInfo) -> None:
        """Count an object that is in the ledger."""
        state, key = self._parts.commits.last, printable(info.key)
        entry = state and (state.ledger.find(key, info.etag) or state.ledger.newest(key))
        if entry:
            self.counts += Counter(rows=entry.rows, anomalies=entry.anomalies)
            self.counts["dead letters"] += bool(entry.reason)
        self.counts["objects"] += 1
        self._advance(self.counts["objects"], self._total)

    @property
    def are_all(self) -> bool:
        """Return whether all objects are done."""
        return self.counts["objects"] == self._total


def in_words(counts: Mapping[str, int]) -> str:
    """Return what `Done` has counted as one line."""
    names = ("objects", "rows", "anomalies", "dead letters")
    return ", ".join(f"{counts[name]:,} {name}" for name in names)


async def score(parts: Parts, gate: MeteringGate, found: list[ObjectInfo], done: Done) -> None:
    """Work until all objects are in the ledger and published."""
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(parts.groups.run()),
            tasks.create_task(parts.after_commit.run()),
            tasks.create_task(_watch(gate)),
            *(
                tasks.create_task(parts.worker.run())
                for _ in range(TASKS_FOR_EACH * parts.settings.concurrency)
            ),
        ]
        await parts.repair.publish(0.0)
        for info in found:
            await parts.waiting.put(
                Item(
                    key=info.key,
                    etag=info.etag,
                    version=info.version,
                    seen=info.modified.timestamp(),
                    finish=partial(done.add, info),
                )
            )
        # Nobody tells it: an object whose results could not be published is given up.
        while len(parts.waiting):  # noqa: ASYNC110  # as above
            await asyncio.sleep(SECONDS_BETWEEN_COUNTS)
        if not done.are_all:
            await parts.repair.publish(0.0)
        for task in running:
            task.cancel()


async def _watch(gate: MeteringGate) -> None:
    """Say that metering refuses work, and give up if it does so for long.

    Raises
    ------
    VerbError
        If it has refused work for ten minutes.
    """
    loop, since = asyncio.get_running_loop(), None
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            gate.check()
        except GateError as error:
            if since is None:
                since = loop.time()
                sys.stderr.write(f"The backfill waits for metering: {error.message}\n")
            if loop.time() - since >= LONGEST_REFUSAL:
                raise VerbError(str(error.message)) from None
        else:
            since = None
