"""The work of one process: prepare the state, and then take, score, commit and publish until it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from anomaly_container.outbound.aws import Sqs
from anomaly_container.services.batches import keys, learnt, metrics, view
from anomaly_container.services.batches.intake.poll import poll
from anomaly_container.services.batches.intake.selection import Selection
from anomaly_container.services.batches.intake.sqs import QueueIntake
from anomaly_container.services.batches.lease import Lease
from anomaly_container.services.batches.patience import patiently
from anomaly_container.services.batches.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.web.metering_gate import MeteringGate

TASKS_FOR_EACH: Final = 8
"""Objects that are read or committed at a time, for each that is scored."""
SECONDS_BETWEEN_NOTES: Final = 30.0
SECONDS_BETWEEN_GAUGES: Final = 5.0
SECONDS_BETWEEN_LINES: Final = 10.0
LISTINGS_OF_A_LEASE: Final = 3
"""The lease of the process that polls lasts for this many listings."""

log = logging.getLogger(__name__)


class NotUsableError(Exception):
    """The store or its state cannot be used with these settings; the text is one sentence."""


async def prepare(parts: Parts, workers: int) -> None:
    """Check that the store and its state can be used, and take over the baseline of the original pipeline.

    Parameters
    ----------
    parts
        The parts.
    workers
        The number of processes.

    Raises
    ------
    NotUsableError
        If the settings do not fit the store or its state.
    OutboundError
        If the store fails.
    """
    if not await parts.store.probe():
        if workers > 1:
            message = "The store does not hold to conditional writes: only Workers=1 can use it."
            raise NotUsableError(message)
        log.warning("WARNING: The store does not hold to conditional writes: let no other process use it.")
    state = await parts.commits.current()
    if state.revision == 0:
        await _take_over(parts)
        return
    columns = parts.settings.column_names
    if state.mode != parts.settings.mode:
        message = (
            f"The state was made in {state.mode} mode: set Batches:Mode={state.mode}, or use another store."
        )
        raise NotUsableError(message)
    if columns and state.columns and columns != state.columns:
        message = (
            "The state has other columns than Batches:Columns: use `batches reset --all`, or another store."
        )
        raise NotUsableError(message)


async def _take_over(parts: Parts) -> None:
    found = view.parse(await parts.view.read())
    columns = parts.settings.column_names or tuple(found)
    if not found or not set(columns) & set(found):
        return
    model = learnt.to_json(parts.mode.taken_over(columns, view.moments(found, columns)))

    async def taken_over(state: State) -> tuple[State, None]:
        if state.revision:
            return state, None
        return State(mode=state.mode, columns=columns, model=model), None

    await parts.commits.change(taken_over)
    log.info("The baseline of %d columns was taken over from state/baseline.json.", len(columns))


async def work(parts: Parts, gate: MeteringGate, clock: Callable[[], float]) -> None:
    """Work until the task is cancelled; if one part fails, all end.

    Parameters
    ----------
    parts
        The parts, which are prepared.
    gate
        The gate of metering.
    clock
        Returns the time in seconds since 1970.
    """
    settings = parts.settings
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(parts.groups.run())
        tasks.create_task(parts.after_commit.run())
        for _ in range(TASKS_FOR_EACH * settings.concurrency):
            tasks.create_task(parts.worker.run())
        tasks.create_task(parts.repair.run())
        tasks.create_task(_read_notes(parts))
        tasks.create_task(_set_gauges(parts, clock))
        tasks.create_task(_tell(parts))
        if "poll" in settings.intakes:
            seconds = settings.seconds_between_listings
            lease = Lease(parts.store, keys.POLL_LEASE, LISTINGS_OF_A_LEASE * seconds, clock)
            tasks.create_task(poll(parts.listing, lease, gate, seconds))
        else:
            tasks.create_task(_look_once(parts))
        if "queue" in settings.intakes:
            tasks.create_task(_take_messages(parts, gate, clock))


async def _look_once(parts: Parts) -> None:
    """Find the objects that came while no process ran."""
    await patiently(parts.listing.look)


async def _read_notes(parts: Parts) -> None:
    """Work on what the inbox has: from before the start, and what a retry leaves there."""
    while True:
        await patiently(_read_each_note, parts)
        await asyncio.sleep(SECONDS_BETWEEN_NOTES)


async def _read_each_note(parts: Parts) -> None:
    async for key in parts.inbox.notes():
        for item in await parts.inbox.read(key):
            # One that waits for another message is found in the ledger when its note is read again.
            if item not in parts.waiting:
                await parts.waiting.put(item)


async def _take_messages(parts: Parts, gate: MeteringGate, clock: Callable[[], float]) -> None:
    settings = parts.settings
    queue = Sqs(str(settings.queue), allow_http=settings.allow_http)
    intake = QueueIntake(
        queue,
        parts.waiting,
        gate,
        Selection(settings.bucket, settings.prefix),
        batch=settings.queue_batch,
        clock=clock,
    )
    try:
        await intake.run()
    finally:
        await queue.close()


async def _tell(parts: Parts) -> None:
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LINES)
        parts.worker.tell()


async def _set_gauges(parts: Parts, clock: Callable[[], float]) -> None:
    while True:
        metrics.WAITING.set(len(parts.waiting))
        oldest = parts.waiting.oldest
        metrics.LAG.set(0.0 if oldest is None else max(0.0, clock() - oldest))
        await asyncio.sleep(SECONDS_BETWEEN_GAUGES)
