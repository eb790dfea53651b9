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
from anomaly_container.services.batches.worker import TASKS_FOR_EACH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anomaly_container.outbound.object_store import ObjectStore
    from anomaly_container.services.batches.parts import Parts
    from anomaly_container.services.batches.settings import BatchesSettings
    from anomaly_container.services.batches.waiting import Waiting
    from anomaly_container.web.metering_gate import MeteringGate

SECONDS_BETWEEN_NOTES: Final = 30.0
SECONDS_BETWEEN_GAUGES: Final = 5.0
SECONDS_BETWEEN_LINES: Final = 10.0
LISTINGS_OF_A_LEASE: Final = 3
"""The lease of the process that polls lasts for this many listings."""

log = logging.getLogger(__name__)


class NotUsableError(Exception):
    """The store or its state cannot be used with these settings; the text is one sentence."""


async def check_store(store: ObjectStore, workers: int) -> None:
    """Check that so many processes can use a store together.

    Raises
    ------
    NotUsableError
        If they cannot.
    OutboundError
        If the store fails.
    """
    if await store.probe():
        return
    if workers > 1:
        message = "The store does not hold to conditional writes: only Workers=1 can use it."
        raise NotUsableError(message)
    log.warning("WARNING: The store does not hold to conditional writes: let no other process use it.")


async def prepare(parts: Parts) -> None:
    """Check that the state can be used, and take over the baseline of the original pipeline.

    Parameters
    ----------
    parts
        The parts.

    Raises
    ------
    NotUsableError
        If the settings do not fit the state.
    OutboundError
        If the store fails.
    """
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
        tasks.create_task(_tell(parts))
        if "poll" in settings.intakes:
            seconds = settings.seconds_between_listings
            lease = Lease(parts.store, keys.POLL_LEASE, LISTINGS_OF_A_LEASE * seconds, clock)
            tasks.create_task(poll(parts.listing, lease, gate, seconds))
        else:
            tasks.create_task(_look_once(parts))


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


async def take_messages(
    settings: BatchesSettings,
    waiting_of: Callable[[str], Waiting | None],
    gate: MeteringGate,
    clock: Callable[[], float],
) -> None:
    """Take the messages of the queue until the task is cancelled.

    Parameters
    ----------
    settings
        The settings.
    waiting_of
        Returns where an object waits, by its key; None if it cannot be worked on.
    gate
        The gate of metering.
    clock
        Returns the time in seconds since 1970.
    """
    queue = Sqs(str(settings.queue), allow_http=settings.allow_http)
    intake = QueueIntake(
        queue,
        waiting_of,
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
        parts.worker.account.tell_of_long(parts.worker.working)


async def set_gauges(all_parts: Callable[[], Sequence[Parts]], clock: Callable[[], float]) -> None:
    """Set the metrics of what waits, in all partitions together, until the task is cancelled.

    Parameters
    ----------
    all_parts
        Returns the parts of each partition.
    clock
        Returns the time in seconds since 1970.
    """
    while True:
        every = all_parts()
        oldest = [seen for parts in every if (seen := parts.waiting.oldest) is not None]
        metrics.WAITING.set(sum(len(parts.waiting) for parts in every))
        metrics.LAG.set(max(0.0, clock() - min(oldest)) if oldest else 0.0)
        metrics.UNPUBLISHED.set(sum(parts.repair.unpublished for parts in every))
        await asyncio.sleep(SECONDS_BETWEEN_GAUGES)
